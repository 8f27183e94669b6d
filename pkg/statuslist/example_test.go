package statuslist_test

import (
	"fmt"

	"github.com/bonafide-dev/bonafide/pkg/statuslist"
)

// An issuer marks an entry, and a reader finds it marked.
func Example() {
	list := statuslist.New(0)
	if err := list.Set(94567); err != nil {
		fmt.Println(err)
		return
	}
	encoded, err := statuslist.Encode(list)
	if err != nil {
		fmt.Println(err)
		return
	}
	read, err := statuslist.Decode(encoded)
	if err != nil {
		fmt.Println(err)
		return
	}
	set, err := read.Has(94567)
	fmt.Println(len(read)*8, set, err)
	_, err = read.Has(statuslist.MinEntries)
	fmt.Println(err)
	// Output:
	// 131072 true <nil>
	// index is outside the status list
}
