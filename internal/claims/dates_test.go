package claims

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestDatesAsPeopleWriteThem(t *testing.T) {
	r := newDateReader()
	for written, want := range map[string][]string{
		"2024-03-01": {"2024-03-01"}, "2024/3/1": {"2024-03-01"}, "2024-03-01T09:00:00Z": {"2024-03-01"}, "2024.03.01": {"2024-03-01"},
		"1 March 2024": {"2024-03-01"}, "1st of March 2024": {"2024-03-01"}, "March 1, 2024": {"2024-03-01"}, "Mar. 1st, 2024": {"2024-03-01"}, "1-Mar-2024": {"2024-03-01"}, "01MAR2024": {"2024-03-01"},
		"1. März 2024": {"2024-03-01"}, "01.03.2024": {"2024-03-01"}, "1.3.24": {"2024-03-01"}, "5. Jänner 2024": {"2024-01-05"},
		"1er mars 2024": {"2024-03-01"}, "14 février 2024": {"2024-02-14"}, "3 août 2023": {"2023-08-03"},
		"1 de marzo de 2024": {"2024-03-01"}, "15 de diciembre del 2023": {"2023-12-15"}, "1º de março de 2024": {"2024-03-01"}, "7 ottobre 2022": {"2022-10-07"},
		"2024年3月1日": {"2024-03-01"}, "2024년 3월 1일": {"2024-03-01"},
		"13/04/2024": {"2024-04-13"}, "04/13/2024": {"2024-04-13"}, "03/04/2024": {"2024-04-03", "2024-03-04"}, "05/05/2024": {"2024-05-05"},
		"March 2024": {"2024-03-31"}, "03/2024": {"2024-03-31"}, "febrero de 2024": {"2024-02-29"}, "2024": {"2024-12-31"}, "12. Dezember 2025": {"2025-12-12"},
		"10 dic 2024": {"2024-12-10"}, "2 sept 2024": {"2024-09-02"}, "30 avr. 2024": {"2024-04-30"},
	} {
		d, ok := r.one(written)
		require.True(t, ok, written)
		var got []string
		for _, x := range d.readings {
			got = append(got, x.Format(time.DateOnly))
		}
		require.Equal(t, want, got, written)
	}
	for _, no := range []string{"", "31.02.2024", "soon", "2024-13-01", "1234", "v1.2.3", "10/10"} {
		_, ok := r.one(no)
		require.False(t, ok, no)
	}
}

// TestAnAmbiguousDateNeverHurts: of two readings the one that raises no
// suspicion is taken, and both are told.
func TestAnAmbiguousDateNeverHurts(t *testing.T) {
	now := time.Date(2026, 11, 25, 0, 0, 0, 0, time.UTC)
	d, _ := newDateReader().one("11/12/2026")
	require.Equal(t, "2026-11-12", d.issued(now).Format(time.DateOnly), "not the one yet to come")
	require.Equal(t, "2026-12-11", d.expiry().Format(time.DateOnly))
	require.Equal(t, []string{"2026-12-11", "2026-11-12"}, d.understood(d.expiry()).Readings)
}
