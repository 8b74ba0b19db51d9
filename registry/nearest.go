package registry

import (
	"fmt"
	"strings"
)

// DidYouMean returns the end of a message about a name that does not exist, such as
// `; did you mean "lines"?`: the one among those given that may have been meant. It is
// "" if none is near.
func DidYouMean(name string, among []string) string {
	if near := nearest(name, among); near != "" {
		return fmt.Sprintf("; did you mean %q?", near)
	}
	return ""
}

// Suggest is DidYouMean, and where no name is near it has all that there are.
func Suggest(name string, among []string) string {
	if meant := DidYouMean(name, among); meant != "" {
		return meant
	}
	switch len(among) {
	case 0:
		return ""
	case 1:
		return "; there is " + among[0]
	}
	return "; there are " + strings.Join(among, ", ")
}

// most is how many letters a name may differ from the one that was meant.
const most = 2

// nearest returns the name among those given that may have been meant, "" if
// there is none: the first of those that differ by the fewest letters, two at
// most, capital or not, or by what stands before the dot.
func nearest(name string, among []string) string {
	best, least := "", most+1
	for _, other := range among {
		d := distance(strings.ToLower(name), strings.ToLower(other))
		if _, after, ok := strings.Cut(other, "."); ok && strings.EqualFold(after, name) {
			d = 0
		}
		if d < least && d < len(name) {
			best, least = other, d
		}
	}
	return best
}

// distance is the number of letters to insert, delete or replace to make b out
// of a (Levenshtein 1966).
func distance(a, b string) int {
	from, to := []rune(a), []rune(b)
	row := make([]int, len(to)+1) // to each beginning of b
	for k := range row {
		row[k] = k
	}
	for i, x := range from {
		corner := row[0]
		row[0] = i + 1
		for k, y := range to {
			replace := corner
			if x != y {
				replace++
			}
			corner = row[k+1]
			row[k+1] = min(replace, row[k]+1, corner+1)
		}
	}
	return row[len(to)]
}
