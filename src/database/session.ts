// The settings of a session of Postgres, set in one statement when its connection opens.

/**
 * The form in which a session writes and reads values. An administrator may have given the database or the role another
 * one. Times in UTC need no conversion. `default_transaction_read_only` and `search_path` are theirs to set.
 */
const form = [
  "set client_encoding = 'UTF8'",
  'set standard_conforming_strings = on',
  "set datestyle = 'ISO, MDY'",
  "set timezone = 'UTC'",
  "set intervalstyle = 'postgres'",
  "set bytea_output = 'hex'",
  'set extra_float_digits = 1',
  "set default_transaction_isolation = 'read committed'"
]

/**
 * The settings of the pool: the form of values; JIT off, because it costs more than these statements; timeouts, so that
 * a stuck lock or a runaway query becomes a 503 and does not block the service.
 */
export const poolSettings = [
  ...form,
  'set jit = off',
  "set statement_timeout = '5s'",
  "set lock_timeout = '2s'",
  "set idle_in_transaction_session_timeout = '10s'"
].join(';')

/**
 * The settings of a migration: no timeouts, because an index over a large table takes long, and no client waits for it.
 * An administrator may have set some for the database.
 */
export const migrationSettings = [...form, 'set statement_timeout = 0', 'set lock_timeout = 0'].join(';')
