package store

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"gorm.io/gorm"

	"github.com/bonafide-dev/bonafide/internal/disputes"
	"github.com/bonafide-dev/bonafide/internal/journal"
)

type disputeRow struct {
	Seq        int64 `gorm:"->"`
	ID         string
	Kind       string
	About      string
	OfID       string
	Fact       string
	Body       string
	Words      string
	ReceivedAt int64
}

type stepRow struct {
	Dispute string
	State   string
	Note    string
	At      int64
}

type contactRow struct {
	Dispute string
	Name    string
	Email   string
}

// AddEntry implements disputes.Store.
func (d *DB) AddEntry(ctx context.Context, e disputes.Entry, most int) error {
	err := d.tx(ctx, func(tx *gorm.DB) error {
		if err := d.lock(tx, "disputes"); err != nil {
			return err
		}
		if e.Body == "" {
			var waiting int64
			err := tx.Raw(`SELECT COUNT(*) FROM disputes d WHERE d.body = '' AND NOT EXISTS
				(SELECT 1 FROM dispute_steps s WHERE s.dispute = d.id AND s.state <> ?)`, string(disputes.Received)).Row().Scan(&waiting)
			if err != nil {
				return err
			}
			if waiting >= int64(most) {
				return disputes.ErrFull
			}
		}
		err := tx.Table("disputes").Create(map[string]any{"id": e.ID, "kind": string(e.Kind), "about": string(e.About), "of_id": e.Of,
			"fact": e.Fact, "body": e.Body, "words": e.Words, "received_at": micros(e.ReceivedAt)}).Error
		if err != nil {
			return err
		}
		for _, s := range e.Steps {
			if err := insertStep(tx, e.ID, s); err != nil {
				return err
			}
		}
		if e.Contact != (disputes.Contact{}) {
			if err := tx.Table("dispute_contacts").Create(map[string]any{"dispute": e.ID, "name": e.Contact.Name, "email": e.Contact.Email}).Error; err != nil {
				return err
			}
		}
		if e.Published() {
			if err := d.raise(tx); err != nil {
				return err
			}
		}
		return d.note(tx, journal.Fact{Kind: journal.DisputeFiled, Thing: journal.Thing{What: journal.Dispute, ID: e.ID}, Body: e.Body, Wrote: []byte(e.Words)})
	})
	if err != nil {
		return fmt.Errorf("adding dispute: %w", err)
	}
	return nil
}

func insertStep(tx *gorm.DB, id string, s disputes.Step) error {
	return tx.Table("dispute_steps").Create(map[string]any{"dispute": id, "state": string(s.State), "note": s.Note, "at": micros(s.At)}).Error
}

// Entry implements disputes.Store.
func (d *DB) Entry(ctx context.Context, id string) (disputes.Entry, error) {
	var out []disputes.Entry
	err := d.snapshot(ctx, func(tx *gorm.DB) (err error) {
		out, err = entries(tx, tx.Table("disputes").Where("id = ?", id))
		return err
	})
	if err == nil && len(out) == 0 {
		err = disputes.ErrNotFound
	}
	if err != nil {
		return disputes.Entry{}, fmt.Errorf("reading dispute: %w", err)
	}
	return out[0], nil
}

// lastState is the state of a row's last step.
const lastState = "(SELECT s.state FROM dispute_steps s WHERE s.dispute = disputes.id ORDER BY s.seq DESC LIMIT 1)"

// Entries implements disputes.Store.
func (d *DB) Entries(ctx context.Context, q disputes.Query) ([]disputes.Entry, error) {
	var out []disputes.Entry
	err := d.snapshot(ctx, func(tx *gorm.DB) (err error) {
		query := tx.Table("disputes")
		if q.Kind != "" {
			query = query.Where("kind = ?", string(q.Kind))
		}
		if q.Body != "" {
			query = query.Where("body = ?", q.Body)
		}
		if q.State != "" {
			query = query.Where(lastState+" = ?", string(q.State))
		}
		if q.After != "" {
			query = query.Where("seq > (SELECT d.seq FROM disputes d WHERE d.id = ?)", q.After)
		}
		if q.Limit > 0 {
			query = query.Limit(q.Limit)
		}
		out, err = entries(tx, query)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("listing disputes: %w", err)
	}
	return out, nil
}

// OpenDisputes implements disputes.Store.
func (d *DB) OpenDisputes(ctx context.Context) ([]disputes.Entry, error) {
	return d.Entries(ctx, disputes.Query{Kind: disputes.KindDispute, State: disputes.Open})
}

// entries reads the rows of the query with their steps and contacts.
func entries(tx, query *gorm.DB) ([]disputes.Entry, error) {
	var rows []disputeRow
	if err := query.Order("seq").Scan(&rows).Error; err != nil || len(rows) == 0 {
		return nil, err
	}
	ids := make([]string, len(rows))
	at := map[string]int{}
	out := make([]disputes.Entry, len(rows))
	for i, r := range rows {
		ids[i], at[r.ID] = r.ID, i
		out[i] = disputes.Entry{ID: r.ID, Kind: disputes.Kind(r.Kind), About: disputes.About(r.About), Of: r.OfID, Fact: r.Fact, Body: r.Body,
			Words: r.Words, ReceivedAt: moment(r.ReceivedAt)}
	}
	for ids := range slices.Chunk(ids, 500) {
		var steps []stepRow
		if err := tx.Table("dispute_steps").Where("dispute IN ?", ids).Order("seq").Scan(&steps).Error; err != nil {
			return nil, err
		}
		for _, s := range steps {
			e := &out[at[s.Dispute]]
			e.Steps = append(e.Steps, disputes.Step{State: disputes.State(s.State), Note: s.Note, At: moment(s.At)})
		}
		var contacts []contactRow
		if err := tx.Table("dispute_contacts").Where("dispute IN ?", ids).Scan(&contacts).Error; err != nil {
			return nil, err
		}
		for _, c := range contacts {
			out[at[c.Dispute]].Contact = disputes.Contact{Name: c.Name, Email: c.Email}
		}
	}
	return out, nil
}

// AppendStep implements disputes.Store.
func (d *DB) AppendStep(ctx context.Context, id string, s disputes.Step, settled bool, check func(disputes.Entry) error) error {
	err := d.tx(ctx, func(tx *gorm.DB) error {
		if err := d.raise(tx); err != nil { // first: it is the lock of all who change
			return err
		}
		held, err := entries(tx, tx.Table("disputes").Where("id = ?", id))
		if err != nil {
			return err
		}
		if len(held) == 0 {
			return disputes.ErrNotFound
		}
		if err := check(held[0]); err != nil {
			return err
		}
		if settled {
			if err := tx.Exec("DELETE FROM dispute_contacts WHERE dispute = ?", id).Error; err != nil {
				return err
			}
		}
		if err := insertStep(tx, id, s); err != nil {
			return err
		}
		return d.note(tx, journal.Fact{Kind: journal.DisputeStep, Thing: journal.Thing{What: journal.Dispute, ID: id}, Body: held[0].Body, Wrote: []byte(string(s.State) + " " + s.Note)})
	})
	if err != nil && !errors.Is(err, disputes.ErrNotFound) {
		return fmt.Errorf("recording a step of dispute %s: %w", id, err)
	}
	return err
}
