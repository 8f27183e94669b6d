package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
	"gorm.io/driver/postgres"
	gsqlite "gorm.io/driver/sqlite"
	"gorm.io/gorm"
	msqlite "modernc.org/sqlite"

	"github.com/bonafide-dev/bonafide/internal/fault"
)

// sqliteDialector translates errors of the pure Go engine, which gorm's
// dialect does not know; the original stays in the chain.
type sqliteDialector struct{ gsqlite.Dialector }

// SQLite's result codes; the lower eight bits are the primary one.
const (
	sqliteBusy       = 5
	sqliteIOErr      = 10
	sqliteFull       = 13
	sqliteCantOpen   = 14
	sqlitePrimaryKey = 1555
	sqliteUnique     = 2067
	sqliteForeignKey = 787
)

// Translate implements gorm.ErrorTranslator.
func (sqliteDialector) Translate(err error) error {
	var e *msqlite.Error
	if !errors.As(err, &e) {
		return outage(err)
	}
	switch e.Code() {
	case sqlitePrimaryKey, sqliteUnique:
		return fmt.Errorf("%w: %w", gorm.ErrDuplicatedKey, err)
	case sqliteForeignKey:
		return fmt.Errorf("%w: %w", gorm.ErrForeignKeyViolated, err)
	}
	switch e.Code() & 0xff {
	case sqliteFull:
		return fmt.Errorf("%w: %w", fault.ErrFull, err)
	case sqliteBusy, sqliteIOErr, sqliteCantOpen:
		return fmt.Errorf("%w: %w", fault.ErrAway, err)
	}
	return err
}

// postgresDialector tells an outage from an error of ours.
type postgresDialector struct{ *postgres.Dialector }

// Translate implements gorm.ErrorTranslator.
func (d postgresDialector) Translate(err error) error {
	return outage(d.Dialector.Translate(err))
}

// outage marks an error that says the database is full or cannot be reached
// now: PostgreSQL's classes 08 (connection), 53 (resources) and 57P
// (shutdown), and whatever the network answers instead.
func outage(err error) error {
	if err == nil || errors.Is(err, context.Canceled) || errors.Is(err, fault.ErrAway) || errors.Is(err, fault.ErrFull) {
		return err // whoever asked has gone; or it was marked before
	}
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		switch {
		case pg.Code == "53100": // disk_full
			return fmt.Errorf("%w: %w", fault.ErrFull, err)
		case strings.HasPrefix(pg.Code, "08"), strings.HasPrefix(pg.Code, "53"), strings.HasPrefix(pg.Code, "57P"):
			return fmt.Errorf("%w: %w", fault.ErrAway, err)
		}
		return err
	}
	var connect *pgconn.ConnectError
	var network net.Error
	if errors.As(err, &connect) || errors.As(err, &network) || pgconn.SafeToRetry(err) || errors.Is(err, driver.ErrBadConn) || errors.Is(err, sql.ErrConnDone) ||
		errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, net.ErrClosed) {
		return fmt.Errorf("%w: %w", fault.ErrAway, err)
	}
	return err
}

// translating has the dialect translate the errors of Raw(…).Scan too, which
// gorm hands on as they are.
func translating(g *gorm.DB) error {
	return g.Callback().Row().After("gorm:row").Register("bonafide:translate", func(g *gorm.DB) {
		if t, ok := g.Dialector.(gorm.ErrorTranslator); ok && g.Error != nil {
			g.Error = t.Translate(g.Error)
		}
	})
}
