package main

import (
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestLicences: what is linked into the program may be given away under
// Apache-2.0 with it. A licence of another kind fails until it was read.
func TestLicences(t *testing.T) {
	list := exec.Command("go", "list", "-deps", "-json=Module,Standard", ".")
	out, err := list.Output()
	require.NoError(t, err)
	count := map[string]int{}
	seen := map[string]bool{}
	for d := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p struct {
			Standard bool
			Module   *struct {
				Path, Dir string
				Main      bool
			}
		}
		if err := d.Decode(&p); err == io.EOF {
			break
		} else {
			require.NoError(t, err)
		}
		if p.Standard || p.Module == nil || p.Module.Main || seen[p.Module.Path] {
			continue
		}
		seen[p.Module.Path] = true
		count[licenceOf(t, p.Module.Path, p.Module.Dir)]++
	}
	require.Greater(t, len(seen), 30)
	t.Log(count)
}

// licenceOf names the licence by words that no other has.
func licenceOf(t *testing.T, module, dir string) string {
	files, err := filepath.Glob(filepath.Join(dir, "*"))
	require.NoError(t, err)
	for _, f := range files {
		base := strings.ToUpper(filepath.Base(f))
		if !strings.HasPrefix(base, "LICEN") && !strings.HasPrefix(base, "COPYING") && !strings.HasPrefix(base, "UNLICENSE") {
			continue
		}
		data, err := os.ReadFile(f)
		if err != nil {
			continue // a folder
		}
		text := strings.Join(strings.Fields(string(data)), " ")
		for _, l := range []struct{ name, words string }{
			{"MIT or Apache-2.0", "Licensed under the `Permissive License Stack`, meaning either of: - Apache-2.0"}, {"Apache-2.0", "Apache License Version 2.0"}, {"Apache-2.0", "Licensed under the Apache License, Version 2.0"},
			{"MIT", "Permission is hereby granted, free of charge, to any person obtaining a copy"},
			{"BSD", "Redistribution and use in source and binary forms"}, {"MPL-2.0", "Mozilla Public License"},
			{"ISC", "Permission to use, copy, modify, and/or distribute this software"}, {"Unlicense", "free and unencumbered software released into the public domain"},
		} {
			if strings.Contains(text, l.words) {
				require.NotContains(t, text, "GNU GENERAL PUBLIC LICENSE", module)
				return l.name
			}
		}
	}
	require.Fail(t, "no licence that is known here", module)
	return ""
}
