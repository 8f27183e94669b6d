package store

import (
	"context"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"
)

// On PostgreSQL what is recorded or sealed together is one statement over
// arrays, which costs a third of as many statements: the facts of a group that
// stand in each other's way are taken out first, and judged alone.

// recordTogether is the recordings' group.write.
func (d *DB) recordTogether(ctx context.Context, all []recording) ([]error, error) {
	if d.pool == nil {
		return d.recordLite(ctx, all)
	}
	outcomes := make([]error, len(all))
	chosen, at := make([]recording, 0, len(all)), make(map[string]int, len(all))
	var locks []string
	holders, keys, entries := map[string]bool{}, map[string]bool{}, map[string]bool{}
	for i, r := range all {
		outcomes[i] = errContested
		holder, key := r.holder(), ""
		if r.row.IdempotencyKey != nil {
			key = r.row.Body + " " + *r.row.IdempotencyKey
		}
		entry := fmt.Sprintf("%s %d", r.row.List, r.row.Idx)
		_, taken := at[r.row.Number]
		if taken || entries[entry] || r.unique && holders[holder] || key != "" && keys[key] {
			continue
		}
		if r.unique {
			locks = append(locks, holder)
		}
		holders[holder], keys[key], entries[entry] = true, true, true
		chosen, at[r.row.Number] = append(chosen, r), i
	}
	var b pgx.Batch
	d.queueLocks(&b, locks)
	d.counted()
	b.Queue(recordAll, recordArrays(chosen)...)
	err := d.sendNaming(ctx, &b, len(locks) > 0, func(number string) { outcomes[at[number]] = nil })
	return outcomes, err
}

// recordAll takes the status entries of those whose key was not used and, where
// that matters, whose holder has no certificate of the scheme, and records them,
// unless number or key is taken meanwhile.
const recordAll = `WITH given AS (SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::bytea[], $7::text[], $8::text[], $9::bigint[], $10::bigint[],
	$11::text[], $12::int[], $13::text[], $14::text[], $15::text[], $16::text[], $17::text[], $18::text[], $19::bigint[], $20::bigint[], $21::boolean[]) AS
	g (number, body, scheme, state, idempotency_key, fingerprint, external_id, holder_key, valid_from, valid_until, list, idx, key_id, signing_input, signature, salt, subject_id, request, created_at, sealed_at, only_one)),
	entry AS (INSERT INTO status_entries (list, idx) SELECT list, idx FROM given g
		WHERE NOT EXISTS (SELECT 1 FROM certificates c WHERE c.body = g.body AND c.idempotency_key = g.idempotency_key)
		AND (NOT g.only_one OR NOT EXISTS (SELECT 1 FROM certificates c WHERE c.body = g.body AND c.scheme = g.scheme AND c.holder_key = g.holder_key))
		ON CONFLICT DO NOTHING RETURNING list, idx)
	INSERT INTO certificates (` + certificateColumns + `) SELECT ` + certificateColumns + ` FROM given JOIN entry USING (list, idx) ON CONFLICT DO NOTHING RETURNING number`

func recordArrays(all []recording) []any {
	of := func(pick func(c certificateRow) string) []string {
		out := make([]string, len(all))
		for i, r := range all {
			out[i] = pick(r.row)
		}
		return out
	}
	numbers := func(pick func(c certificateRow) int64) []int64 {
		out := make([]int64, len(all))
		for i, r := range all {
			out[i] = pick(r.row)
		}
		return out
	}
	keys, prints, unique := make([]*string, len(all)), make([][]byte, len(all)), make([]bool, len(all))
	for i, r := range all {
		keys[i], prints[i], unique[i] = r.row.IdempotencyKey, r.row.Fingerprint, r.unique
	}
	return []any{of(func(c certificateRow) string { return c.Number }), of(func(c certificateRow) string { return c.Body }),
		of(func(c certificateRow) string { return c.Scheme }), of(func(c certificateRow) string { return c.State }), keys, prints,
		of(func(c certificateRow) string { return c.ExternalID }), of(func(c certificateRow) string { return c.HolderKey }),
		numbers(func(c certificateRow) int64 { return c.ValidFrom }), numbers(func(c certificateRow) int64 { return c.ValidUntil }),
		of(func(c certificateRow) string { return c.List }), numbers(func(c certificateRow) int64 { return int64(c.Idx) }),
		of(func(c certificateRow) string { return c.KeyID }), of(func(c certificateRow) string { return c.SigningInput }),
		of(func(c certificateRow) string { return c.Signature }), of(func(c certificateRow) string { return c.Salt }),
		of(func(c certificateRow) string { return c.SubjectID }), of(func(c certificateRow) string { return c.Request }),
		numbers(func(c certificateRow) int64 { return c.CreatedAt }), numbers(func(c certificateRow) int64 { return c.SealedAt }), unique}
}

// sealTogether is the sealings' group.write.
func (d *DB) sealTogether(ctx context.Context, all []sealing) ([]error, error) {
	if d.pool == nil {
		return d.sealLite(ctx, all)
	}
	outcomes := make([]error, len(all))
	chosen, at := make([]sealing, 0, len(all)), make(map[string]int, len(all))
	var locks []string
	holders := map[string]bool{}
	for i, s := range all {
		outcomes[i] = s.outcome(0)
		holder := s.holder()
		_, twice := at[s.rec.Number]
		if twice || s.contestable() && holders[holder] {
			continue
		}
		if s.contestable() {
			locks, holders[holder] = append(locks, holder), true
		}
		chosen, at[s.rec.Number] = append(chosen, s), i
	}
	var b pgx.Batch
	d.queueLocks(&b, locks)
	d.counted()
	b.Queue(sealAll, sealArrays(chosen)...)
	err := d.sendNaming(ctx, &b, len(locks) > 0, func(number string) { outcomes[at[number]] = nil })
	return outcomes, err
}

// sealAll is sealRecorded, or sealFirst for those that can be contested, and the
// note of each that was sealed.
const sealAll = `WITH given AS (SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::bigint[], $5::boolean[], $6::text[], $7::text[], $8::text[],
	$9::text[], $10::text[], $11::text[], $12::text[], $13::bigint[], $14::bytea[], $15::bytea[], $16::bytea[], $17::text[]) AS
	g (number, key_id, signature, sealed_at, contestable, body, scheme, holder_key, kind, thing, note_body, subject, at, token, leaf, record, after_hash)),
	sealed AS (UPDATE certificates c SET state = 'sealed', signature = g.signature, sealed_at = g.sealed_at FROM given g
		WHERE c.number = g.number AND c.state = 'recorded' AND c.key_id = g.key_id AND (NOT g.contestable OR NOT EXISTS
		(SELECT 1 FROM certificates o WHERE o.body = g.body AND o.scheme = g.scheme AND o.holder_key = g.holder_key AND o.state = 'sealed' AND o.number <> g.number))
		RETURNING c.number),
	noted AS (INSERT INTO journal (` + noteColumns + `) SELECT kind, thing, note_body, subject, at, token, leaf, record, after_hash FROM given JOIN sealed USING (number))
	SELECT number FROM sealed`

func sealArrays(all []sealing) []any {
	of := func(pick func(s sealing) string) []string {
		out := make([]string, len(all))
		for i, s := range all {
			out[i] = pick(s)
		}
		return out
	}
	bytes := func(pick func(s sealing) []byte) [][]byte {
		out := make([][]byte, len(all))
		for i, s := range all {
			out[i] = pick(s)
		}
		return out
	}
	sealed, noted, contestable := make([]int64, len(all)), make([]int64, len(all)), make([]bool, len(all))
	for i, s := range all {
		sealed[i], noted[i], contestable[i] = micros(s.at), micros(s.note.At), s.contestable()
	}
	return []any{of(func(s sealing) string { return s.rec.Number }), of(func(s sealing) string { return s.rec.KeyID }),
		of(func(s sealing) string { return s.signature }), sealed, contestable, of(func(s sealing) string { return s.rec.Body }),
		of(func(s sealing) string { return s.rec.Scheme }), of(func(s sealing) string { return holderKey(s.rec.Request.Holder) }),
		of(func(s sealing) string { return s.note.Kind }), of(func(s sealing) string { return s.note.Thing }),
		of(func(s sealing) string { return s.note.Body }), of(func(s sealing) string { return s.note.Subject }), noted,
		bytes(func(s sealing) []byte { return s.note.Token }), bytes(func(s sealing) []byte { return s.note.Leaf }),
		bytes(func(s sealing) []byte { return s.note.Record }), of(func(s sealing) string { return s.note.After })}
}

// queueLocks takes the locks in one order, whoever takes them.
func (d *DB) queueLocks(b *pgx.Batch, things []string) {
	if len(things) == 0 {
		return
	}
	slices.Sort(things)
	d.counted()
	b.Queue("SELECT pg_advisory_xact_lock(hashtextextended(thing, 0)) FROM unnest($1::text[]) AS x (thing)", things)
}

// sendNaming sends the batch, which PostgreSQL carries out as one transaction,
// and tells the numbers that its last statement names. Nothing holds unless it
// returns nil.
func (d *DB) sendNaming(ctx context.Context, b *pgx.Batch, locks bool, named func(number string)) error {
	results := d.pool.SendBatch(ctx, b)
	var err error
	if locks {
		_, err = results.Exec()
	}
	var names []string
	if err == nil {
		var rows pgx.Rows
		if rows, err = results.Query(); err == nil {
			names, err = pgx.CollectRows(rows, pgx.RowTo[string])
		}
	}
	if closed := results.Close(); err == nil {
		err = closed // the commit's answer
	}
	if err != nil {
		return d.translated(err)
	}
	for _, n := range names {
		named(n)
	}
	return nil
}
