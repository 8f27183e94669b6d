package main

import (
	"fmt"
	"os"

	"github.com/bonafide-dev/bonafide/internal/store"
)

type backupCmd struct {
	From string `arg:"" help:"SQLite file of the register."`
	To   string `arg:"" help:"New file."`
}

// Run copies a SQLite register that may be in use.
func (b backupCmd) Run(e *environment) error {
	if _, err := os.Stat(b.From); err != nil {
		return &exitError{exitUsage, err}
	}
	db, err := store.Open(e.ctx, "sqlite:"+b.From, store.Options{})
	if err != nil {
		return err
	}
	if err := db.Backup(e.ctx, b.To); err != nil {
		return joinClose(err, db)
	}
	fmt.Fprintln(e.errOut, "copied to", b.To+"; the key encryption key is not in it")
	return db.Close()
}
