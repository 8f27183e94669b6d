package verify

// Said is what a sentence of a report says, beside the sentence in English: the
// key of a message and what stands in it, for whoever tells the report in
// another language. It is no part of the report's JSON form. The zero Said
// means that there is English alone.
type Said struct {
	Key  string
	With []any  // names of placeholders and their values in pairs: text, instants (their day is told) or figures
	More string // English that follows the message
}

// said reads the arguments that follow a sentence: none, or a key and pairs.
func said(args []any) Said {
	if len(args) == 0 {
		return Said{}
	}
	key, _ := args[0].(string) // a test reads the callers
	return Said{Key: key, With: args[1:]}
}
