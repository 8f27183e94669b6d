package ijson

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"
)

// Decode is Check and json.Unmarshal into v, refusing members that v has no
// field for, also those that differ in case alone. Of the options of a json tag
// it knows omitempty.
func Decode(data []byte, v any) error {
	s, err := begin(data)
	if err != nil {
		return err
	}
	if err := s.into(reflect.ValueOf(v).Elem(), 0); err != nil {
		return err
	}
	return s.end()
}

// into reads the value that stands there into v.
func (s *scanner) into(v reflect.Value, depth int) error {
	if depth > MaxDepth {
		return s.fail(fmt.Sprintf("is nested deeper than %d", MaxDepth))
	}
	c := s.next()
	_, own := v.Addr().Interface().(json.Unmarshaler)
	switch {
	case own:
	case v.Kind() == reflect.Pointer && c != 'n':
		if v.IsNil() {
			v.Set(reflect.New(v.Type().Elem()))
		}
		return s.into(v.Elem(), depth)
	case v.Kind() == reflect.Struct && c == '{':
		return s.fields(v, depth)
	case v.Kind() == reflect.Slice && c == '[' && v.Type().Elem().Kind() != reflect.Uint8:
		v.Set(reflect.MakeSlice(v.Type(), 0, 0))
		return s.items(func(int) error {
			x := reflect.New(v.Type().Elem()).Elem()
			err := s.into(x, depth+1)
			v.Set(reflect.Append(v, x))
			return err
		})
	case v.Kind() == reflect.Map && c == '{' && v.Type().Key().Kind() == reflect.String:
		v.Set(reflect.MakeMap(v.Type()))
		return s.members(func(raw []byte) error {
			x := reflect.New(v.Type().Elem()).Elem()
			err := s.into(x, depth+1)
			v.SetMapIndex(reflect.ValueOf(unquoted(raw)).Convert(v.Type().Key()), x)
			return err
		})
	case v.Kind() == reflect.String && c == '"':
		raw, err := s.text()
		if err == nil {
			v.SetString(unquoted(raw))
		}
		return err
	}
	start := s.at
	if _, err := s.value(depth); err != nil {
		return err
	}
	return s.unmarshal(s.data[start:s.at], v, own)
}

// unmarshal leaves a value that was checked to its own type or to encoding/json.
func (s *scanner) unmarshal(data []byte, v reflect.Value, own bool) error {
	var err error
	if own && string(data) != "null" || v.Kind() == reflect.Slice && own {
		err = v.Addr().Interface().(json.Unmarshaler).UnmarshalJSON(data)
	} else {
		err = json.Unmarshal(data, v.Addr().Interface())
	}
	var kind *json.UnmarshalTypeError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &kind):
		return s.fail(fmt.Sprintf("must not be a %s", kind.Value))
	default:
		return s.fail(strings.TrimPrefix(err.Error(), "json: "))
	}
}

// fields reads an object into a struct.
func (s *scanner) fields(v reflect.Value, depth int) error {
	return s.members(func(raw []byte) error {
		f, ok := field(v, unquoted(raw))
		if !ok {
			return s.fail("is not a member this call knows")
		}
		return s.into(f, depth+1)
	})
}

// field finds the field of a member by its name to the letter: encoding/json
// would take NAME for name.
func field(v reflect.Value, name string) (reflect.Value, bool) {
	t := v.Type()
	for i := range t.NumField() {
		f := t.Field(i)
		tag, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		switch {
		case tag == "-":
		case f.Anonymous && tag == "" && f.Type.Kind() == reflect.Struct:
			if x, ok := field(v.Field(i), name); ok {
				return x, true
			}
		case f.IsExported() && (tag == name || tag == "" && f.Name == name):
			return v.Field(i), true
		}
	}
	return reflect.Value{}, false
}
