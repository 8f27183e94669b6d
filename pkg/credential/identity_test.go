package credential_test

import (
	"testing"

	"github.com/bonafide-dev/bonafide/pkg/credential"
)

func TestLegible(t *testing.T) {
	for name, want := range map[string]bool{
		"Ada Lovelace": true, "Nguyễn Thị Minh Khai": true, "Nguye\u0302\u0303n": true, "אָדָם בֵּן־דָּוִד": true, "མཁས་གྲུབ་རྒྱལ་མཚན": true,
		"محمد بن عبد الله": true, "王秀英": true, "3": true, "O’Neill-Smith": true,
		"": false, "-- ": false, "\u3164": false, "\u115f \uffa0": false, "\u3164Ada": true, "\u0301\u0302": false, "A\u0301\u0302\u0303\u0304\u0306\u0307\u0308da": false,
	} {
		if got := credential.Legible(name); got != want {
			t.Errorf("%q legible: %v", name, got)
		}
	}
}
