package registry

// edits is the number of insertions, deletions, changes and swaps of
// neighbours that turn x into y (optimal string alignment), or most+1 if more.
func edits(x, y []rune, most int) int {
	for len(x) > 0 && len(y) > 0 && x[0] == y[0] {
		x, y = x[1:], y[1:]
	}
	for len(x) > 0 && len(y) > 0 && x[len(x)-1] == y[len(y)-1] {
		x, y = x[:len(x)-1], y[:len(y)-1]
	}
	if len(x)-len(y) > most || len(y)-len(x) > most {
		return most + 1
	}
	if len(x) == 0 || len(y) == 0 {
		return max(len(x), len(y))
	}
	var room [3 * 64]int // enough for nearly every name
	cells := room[:]
	if n := 3 * (len(y) + 1); n > len(cells) {
		cells = make([]int, n)
	}
	w := len(y) + 1
	before, above, row := cells[:w], cells[w:2*w], cells[2*w:3*w]
	for j := range above {
		above[j] = j
	}
	for i := 1; i <= len(x); i++ {
		row[0] = i
		least := i
		for j := 1; j <= len(y); j++ {
			change := above[j-1]
			if x[i-1] != y[j-1] {
				change++
			}
			row[j] = min(change, above[j]+1, row[j-1]+1)
			if i > 1 && j > 1 && x[i-1] == y[j-2] && x[i-2] == y[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
			least = min(least, row[j])
		}
		if least > most {
			return most + 1
		}
		before, above, row = above, row, before
	}
	return min(above[len(y)], most+1)
}

// near reports a small error: one edit from five letters on, two from ten.
func near(a, b string) bool {
	return a == b || nearly([]rune(a), []rune(b))
}

func nearly(a, b []rune) bool {
	short, long := len(a), len(b)
	if short > long {
		short, long = long, short
	}
	allowed := allowance(short)
	return allowed > 0 && long-short <= allowed && edits(a, b, allowed) <= allowed
}

func allowance(letters int) int {
	switch {
	case letters >= 10:
		return 2
	case letters >= 5:
		return 1
	default:
		return 0
	}
}
