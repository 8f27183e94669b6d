package ijson

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"
)

// Decode is Check and then json.Unmarshal into v, refusing members that v has
// no field for, also those that differ in case alone.
func Decode(data []byte, v any) error {
	if err := Check(data); err != nil {
		return err
	}
	if err := known(data, reflect.TypeOf(v), ""); err != nil {
		return err
	}
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	err := dec.Decode(v)
	var kind *json.UnmarshalTypeError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &kind):
		return &Error{"/" + strings.ReplaceAll(kind.Field, ".", "/"), fmt.Sprintf("must not be a %s", kind.Value)}
	default:
		return &Error{Detail: strings.TrimPrefix(err.Error(), "json: ")}
	}
}

// known refuses members that match no field to the letter: encoding/json
// would take NAME for name.
func known(data []byte, t reflect.Type, pointer string) error {
	for t != nil && t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if t == nil || reflect.PointerTo(t).Implements(reflect.TypeFor[json.Unmarshaler]()) {
		return nil
	}
	switch t.Kind() {
	case reflect.Struct:
		var members map[string]json.RawMessage
		if json.Unmarshal(data, &members) != nil {
			return nil // Decode names the type fault
		}
		fields := fieldsOf(t)
		for name, raw := range members {
			f, ok := fields[name]
			if !ok {
				return &Error{pointer + "/" + name, "is not a member this call knows"}
			}
			if err := known(raw, f, pointer+"/"+name); err != nil {
				return err
			}
		}
	case reflect.Slice:
		if t.Elem().Kind() == reflect.Uint8 {
			return nil
		}
		var items []json.RawMessage
		if json.Unmarshal(data, &items) != nil {
			return nil
		}
		for i, raw := range items {
			if err := known(raw, t.Elem(), fmt.Sprintf("%s/%d", pointer, i)); err != nil {
				return err
			}
		}
	case reflect.Map:
		var members map[string]json.RawMessage
		if json.Unmarshal(data, &members) != nil {
			return nil
		}
		for name, raw := range members {
			if err := known(raw, t.Elem(), pointer+"/"+name); err != nil {
				return err
			}
		}
	}
	return nil
}

func fieldsOf(t reflect.Type) map[string]reflect.Type {
	out := map[string]reflect.Type{}
	for f := range t.Fields() {
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		switch {
		case name == "-":
		case f.Anonymous && name == "":
			for n, ft := range fieldsOf(f.Type) {
				out[n] = ft
			}
		case f.IsExported():
			if name == "" {
				name = f.Name
			}
			out[name] = f.Type
		}
	}
	return out
}
