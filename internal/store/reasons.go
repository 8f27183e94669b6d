package store

import (
	"context"
	"encoding/json"
	"fmt"
)

// Reasons implements issue.Store. No other method reads these texts, so that
// none can show them by mistake.
func (d *DB) Reasons(ctx context.Context, numbers []string) (map[string][]string, error) {
	out := make(map[string][]string, len(numbers))
	if len(numbers) == 0 {
		return out, nil
	}
	var rows []struct{ Number, Doc string }
	if err := d.read.WithContext(ctx).Raw("SELECT number, doc FROM certificate_events WHERE number IN ? ORDER BY seq", numbers).Scan(&rows).Error; err != nil {
		return nil, fmt.Errorf("reading reasons: %w", err)
	}
	for _, r := range rows {
		var doc eventDoc
		if err := json.Unmarshal([]byte(r.Doc), &doc); err != nil {
			return nil, fmt.Errorf("reading reasons of %s: %w", r.Number, err)
		}
		out[r.Number] = append(out[r.Number], doc.Internal)
	}
	return out, nil
}
