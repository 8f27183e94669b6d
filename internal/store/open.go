// Package store keeps everything: one *DB on SQLite or PostgreSQL implements
// the Store interface of every room. One method is one business fact is one
// transaction; no network and no key is used inside it. It is the only package
// that talks to a database. Instants are kept as whole microseconds of the Unix
// epoch, zero meaning none; events are inserted, never changed.
package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
	"gorm.io/driver/postgres"
	gsqlite "gorm.io/driver/sqlite"
	"gorm.io/gorm"
	"gorm.io/gorm/logger"
	msqlite "modernc.org/sqlite"
)

// Pool sizes: SQLite has one writer; more than a few connections per core cost
// throughput and most of all the tail on PostgreSQL. pool_max_conns in its
// address says otherwise.
const (
	sqliteReaders    = 8
	postgresLeast    = 8
	postgresPerCore  = 4
	postgresWriters  = 2 // transactions of one kind that carry many facts
	busyMilliseconds = 5000
)

// connectTime bounds how long a host that takes a connection and says nothing
// keeps one of the pool's places (pgx's own bound is two minutes, for which the
// service would stay away after the database is back).
const connectTime = 5 * time.Second

// Options of Open.
type Options struct {
	// OnStatement, if set, is called for every statement sent to the database.
	OnStatement func()
	// Now is the clock of the journal; nil: the machine's.
	Now func() time.Time
}

// DB is an open database. Its methods are safe for concurrent use.
type DB struct {
	write    *gorm.DB
	read     *gorm.DB      // the same as write on PostgreSQL
	pool     *pgxpool.Pool // under write on PostgreSQL: whoever waits is served first come, first served
	postgres bool
	path     string // of the SQLite file
	counted  func() // called for every statement that does not pass through gorm
	now      func() time.Time

	replicas   replicas
	recordings group[recording]
	sealings   group[sealing]
}

// Open opens sqlite:PATH, making its folder, or a postgres:// address. It does
// not migrate.
func Open(ctx context.Context, dsn string, o Options) (*DB, error) {
	config := func() *gorm.Config {
		return &gorm.Config{SkipDefaultTransaction: true, TranslateError: true, Logger: logger.NewSlogLogger(slog.New(slog.DiscardHandler), logger.Config{LogLevel: logger.Silent})}
	}
	d := &DB{counted: func() {}, now: time.Now}
	if o.Now != nil {
		d.now = o.Now
	}
	d.recordings.write, d.sealings.write = d.recordTogether, d.sealTogether
	d.recordings.writers, d.sealings.writers = postgresWriters, postgresWriters
	if o.OnStatement != nil {
		d.counted = o.OnStatement
	}
	var err error
	if path, ok := strings.CutPrefix(dsn, "sqlite:"); ok {
		d.recordings.writers, d.sealings.writers = 1, 1 // the engine has one
		err = d.openSQLite(ctx, path, config)
	} else {
		err = d.openPostgres(ctx, dsn, config())
	}
	if err != nil {
		return nil, err
	}
	for _, g := range d.handles() {
		if err := translating(g); err != nil {
			return nil, errors.Join(err, d.Close())
		}
	}
	if o.OnStatement != nil {
		for _, g := range d.handles() {
			if err := count(g, o.OnStatement); err != nil {
				return nil, errors.Join(err, d.Close())
			}
		}
	}
	if err := d.Ping(ctx); err != nil {
		return nil, errors.Join(err, d.Close())
	}
	return d, nil
}

func (d *DB) openSQLite(ctx context.Context, path string, config func() *gorm.Config) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return fmt.Errorf("making the database's folder: %w", err)
	}
	d.path = path
	base := "file:" + strings.NewReplacer("%", "%25", "?", "%3f", "#", "%23").Replace(path) + fmt.Sprintf("?_pragma=busy_timeout(%d)&_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)&_pragma=foreign_keys(1)", busyMilliseconds)
	open := func(dsn string, conns int) (*gorm.DB, error) {
		c := config()
		c.PrepareStmt = true
		g, err := gorm.Open(sqliteDialector{gsqlite.Dialector{DriverName: "sqlite", DSN: dsn}}, c)
		if err != nil {
			return nil, fmt.Errorf("opening %s: %w", path, err)
		}
		return g, pool(g, conns)
	}
	// Several that open a new file at once meet at the switch to WAL, which
	// waits for nobody.
	err := retried(ctx, func() (err error) { d.write, err = open(base+"&_txlock=immediate", 1); return err })
	if err != nil {
		return err
	}
	d.read, err = open(base+"&_pragma=query_only(1)", sqliteReaders)
	return err
}

func (d *DB) openPostgres(ctx context.Context, dsn string, c *gorm.Config) error {
	p, err := poolConfig(dsn)
	if err != nil {
		return fmt.Errorf("reading the address of PostgreSQL: %w", err)
	}
	if !strings.Contains(dsn, "pool_max_conns") {
		p.MaxConns = int32(max(postgresLeast, postgresPerCore*runtime.GOMAXPROCS(0)))
	}
	if d.pool, err = pgxpool.NewWithConfig(ctx, p); err != nil {
		return fmt.Errorf("opening PostgreSQL: %w", err)
	}
	g, err := gorm.Open(postgresDialector{&postgres.Dialector{Config: &postgres.Config{Conn: stdlib.OpenDBFromPool(d.pool)}}}, c)
	if err != nil {
		d.pool.Close()
		return fmt.Errorf("opening PostgreSQL: %w", err)
	}
	d.write, d.read, d.postgres = g, g, true
	return nil
}

// poolConfig reads an address. Without a connect_timeout in it a connection has
// connectTime to come about.
func poolConfig(dsn string) (*pgxpool.Config, error) {
	p, err := pgxpool.ParseConfig(dsn)
	if err == nil && !strings.Contains(dsn, "connect_timeout") {
		p.ConnConfig.ConnectTimeout = connectTime
	}
	return p, err
}

func pool(g *gorm.DB, conns int) error {
	s, err := g.DB()
	if err != nil {
		return err
	}
	s.SetMaxOpenConns(conns)
	s.SetMaxIdleConns(conns)
	s.SetConnMaxIdleTime(5 * time.Minute)
	return nil
}

func (d *DB) handles() []*gorm.DB {
	if d.read == d.write {
		return []*gorm.DB{d.write}
	}
	return []*gorm.DB{d.write, d.read}
}

// Close closes every connection.
func (d *DB) Close() error {
	var all []error
	for _, g := range d.handles() {
		if g == nil {
			continue
		}
		s, err := g.DB()
		if err == nil {
			err = s.Close()
		}
		all = append(all, err)
	}
	d.replicas.close()
	if d.pool != nil {
		d.pool.Close()
	}
	return errors.Join(all...)
}

// Pool is how busy the connections are.
type Pool struct {
	Max, InUse, Idle int
	Waits            int64 // since the start
}

// Pool tells of the connections as they are now; on SQLite of the readers.
func (d *DB) Pool() Pool {
	if d.pool != nil {
		s := d.pool.Stat()
		return Pool{int(s.MaxConns()), int(s.AcquiredConns()), int(s.IdleConns()), s.EmptyAcquireCount()}
	}
	s, err := d.read.DB()
	if err != nil {
		return Pool{}
	}
	t := s.Stats()
	return Pool{t.MaxOpenConnections, t.InUse, t.Idle, t.WaitCount}
}

// Ping reports whether the database answers.
func (d *DB) Ping(ctx context.Context) error {
	for _, g := range d.handles() {
		s, err := g.DB()
		if err != nil {
			return err
		}
		if err := s.PingContext(ctx); err != nil {
			return fmt.Errorf("reaching the database: %w", err)
		}
	}
	return nil
}

func count(g *gorm.DB, on func()) error {
	each := func(*gorm.DB) { on() }
	c := g.Callback()
	return errors.Join(c.Query().Before("gorm:query").Register("bonafide:count", each), c.Row().Before("gorm:row").Register("bonafide:count", each),
		c.Raw().Before("gorm:raw").Register("bonafide:count", each), c.Create().Before("gorm:create").Register("bonafide:count", each))
}

// one reads one row the shortest way; the statement has ? for its arguments.
// On PostgreSQL that is past gorm, which costs as much again as the reading.
func (d *DB) one(ctx context.Context, into []any, statement string, args ...any) error {
	if d.pool != nil {
		d.counted()
		return d.translated(d.pool.QueryRow(ctx, numbered(statement), args...).Scan(into...))
	}
	rows, err := d.read.WithContext(ctx).Raw(statement, args...).Rows()
	if err != nil {
		return err
	}
	defer rows.Close() //nolint:errcheck // read to the end or given up
	if !rows.Next() {
		return errors.Join(sql.ErrNoRows, rows.Err())
	}
	return d.translated(rows.Scan(into...))
}

// translated is what gorm would answer for an error that does not pass through it.
func (d *DB) translated(err error) error {
	if t, ok := d.write.Dialector.(gorm.ErrorTranslator); ok && err != nil {
		return t.Translate(err)
	}
	return err
}

// numbered writes $1, $2 … for the question marks, as PostgreSQL wants them.
func numbered(statement string) string {
	var b strings.Builder
	parts := strings.Split(statement, "?")
	for i, part := range parts {
		b.WriteString(part)
		if i < len(parts)-1 {
			fmt.Fprintf(&b, "$%d", i+1)
		}
	}
	return b.String()
}

// attempts bounds repeats of a transaction that lost a race.
const attempts = 8

// tx runs do in one transaction, again if it lost a race against another.
func (d *DB) tx(ctx context.Context, do func(tx *gorm.DB) error) error {
	err := retried(ctx, func() error { return d.write.WithContext(ctx).Transaction(do) })
	d.replicas.changed() // also where it is not known whether it holds
	return err
}

// retried does a whole transaction again while it loses a race.
func retried(ctx context.Context, do func() error) error {
	var err error
	for i := range attempts {
		if err = do(); err == nil || !again(err) || ctx.Err() != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(time.Duration(1<<i) * time.Millisecond):
		}
	}
	return err
}

func again(err error) bool {
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		return pg.Code == "40001" || pg.Code == "40P01"
	}
	var lite *msqlite.Error
	return errors.As(err, &lite) && lite.Code()&0xff == sqliteBusy
}

// snapshot runs do in one read transaction that sees one state.
func (d *DB) snapshot(ctx context.Context, do func(tx *gorm.DB) error) error {
	o := &sql.TxOptions{ReadOnly: d.postgres}
	if d.postgres {
		o.Isolation = sql.LevelRepeatableRead
	}
	return d.read.WithContext(ctx).Transaction(do, o)
}

// lock makes concurrent transactions about the same thing follow each other.
// SQLite has one writer anyway.
func (d *DB) lock(tx *gorm.DB, thing string) error {
	if !d.postgres {
		return nil
	}
	return tx.Exec(advisoryLock, thing).Error
}

// advisoryLock holds until the transaction ends.
const advisoryLock = "SELECT pg_advisory_xact_lock(hashtextextended(?, 0))"

func micros(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMicro()
}

func moment(us int64) time.Time {
	if us == 0 {
		return time.Time{}
	}
	return time.UnixMicro(us).UTC()
}
