package registry

// SearchWork is how many places and postings a search of the view reads.
func SearchWork(v *View, query string) int {
	_, read := v.bodyNames().search(query)
	return read
}

// PrepareSearch builds what a search needs, which the first one else does.
func PrepareSearch(v *View) { v.bodyNames() }

// Skeleton is the skeleton by the short way for ASCII.
func Skeleton(s string) string { return skeleton(s) }

// Edits is the distance that names are compared by.
func Edits(a, b string, most int) int { return edits([]rune(a), []rune(b), most) }
