// One run of a prepared statement, as `pg` lets a query be written (its `Submittable`). `pg`'s own query makes a write of
// each of its five messages, and asks for the columns at each run: Postgres describes thirty of them for one invite.
import { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { serialize } from 'pg-protocol'
import { prepareValue } from 'pg/lib/utils.js'
import { types } from './connection.js'
import type { Columns, Prepared } from './prepared.js'

/** The part of `pg`'s wire that this file uses. */
interface Wire {
  stream: Duplex
  parsedStatements: Record<string, string>
}

const describe = serialize.describe({ type: 'P', name: '' })
const execute = serialize.execute({})
const executeAndSync = Buffer.concat([execute, serialize.sync()])

/**
 * Shortens the time of the statements that follow in the same write, which is one transaction; `statement_timeout` is
 * as before after it. No time at all, for migrations and tests, stays none. It returns no row.
 */
const shortened = (ms: number) => `
  select 1 where set_config('statement_timeout',
    case current_setting('statement_timeout') when '0' then '0' else '${ms}' end, true) is null`

/** The columns of a statement that returns no rows. */
const none: Columns = { names: [], readers: [] }

/** `pg` reads text, and every type that it does not know, by one function that gives back its argument. */
const readText = types.getTypeParser(25)

function readerOf(type: number): Columns['readers'][number] {
  const read = types.getTypeParser(type)
  return read === readText ? undefined : read
}

/** A row as `pg` reads it from the wire. */
type Fields = (string | null)[]

// Both are plain loops: they run for each value of each row.
function listOf({ readers }: Columns, fields: Fields): unknown[] {
  const row: unknown[] = fields
  for (let index = 0; index < readers.length; index++) {
    const read = readers[index]
    const field = fields[index]
    if (read && typeof field === 'string') row[index] = read(field)
  }
  return row
}

function objectOf({ names, readers }: Columns, fields: Fields): object {
  const row: Record<string, unknown> = {}
  for (let index = 0; index < names.length; index++) {
    const read = readers[index]
    const field = fields[index]
    row[names[index] ?? ''] = read && typeof field === 'string' ? read(field) : field
  }
  return row
}

interface Run {
  values: unknown[]
  /** Rows as lists of their values, or as objects. */
  asLists: boolean
  done: (error: Error | null, rows: unknown[]) => void
  /** How long the statement may take, where that is less than others may. The embedded database has no timeouts. */
  withinMs?: number | undefined
}

export class PreparedQuery {
  /** `pg` notes on the connection that this name is prepared with this text. */
  readonly name: string
  readonly text: string
  /** `pg` sets this where it is missing. */
  readonly callback: Run['done']
  private readonly rows: unknown[] = []
  /** An error in a value of a reply. `pg` still waits for the end of the reply. */
  private failure: Error | null = null
  /** Whether the answer to the shortened time is still to come. */
  private isShortening = false
  /** Whether `pg` may note the name as prepared by mistake: it cannot tell two statements of one write apart. */
  private isNameInDoubt = false

  constructor(
    private readonly statement: Prepared,
    private readonly run: Run
  ) {
    this.name = statement.name
    this.text = statement.text
    this.callback = run.done
  }

  /** Writes all messages at once. A returned error means that nothing was written. */
  submit({ stream, parsedStatements }: Wire): Error | null {
    const { name, text, statement } = this
    let bind: Buffer
    try {
      bind = serialize.bind({ statement: name, values: this.run.values, valueMapper: prepareValue })
    } catch (error) {
      return error instanceof Error ? error : new Error(String(error))
    }
    const shorten = stream instanceof Socket ? this.shorten(parsedStatements) : []
    // To close a name that Postgres does not know is no error.
    const close = statement.givenUp.splice(0).map((gone) => {
      delete parsedStatements[gone]
      return serialize.close({ type: 'S', name: gone })
    })
    const isParsed = name !== '' && parsedStatements[name] !== undefined
    if (!isParsed) statement.columns = undefined
    this.isNameInDoubt &&= name !== '' && !isParsed
    const parse = isParsed ? [] : [serialize.parse({ name, text })]
    const asking = statement.columns ? [] : [describe]
    stream.write(Buffer.concat([...close, ...shorten, ...parse, bind, ...asking, executeAndSync]))
    return null
  }

  /** The messages that shorten the time; the first ones on a connection prepare them. */
  private shorten(parsedStatements: Record<string, string>): Buffer[] {
    const { withinMs } = this.run
    if (withinMs === undefined) return []
    const name = `within ${withinMs}`
    const isParsed = parsedStatements[name] !== undefined
    parsedStatements[name] = name
    this.isShortening = true
    this.isNameInDoubt = !isParsed
    const parse = isParsed ? [] : [serialize.parse({ name, text: shortened(withinMs) })]
    return [...parse, serialize.bind({ statement: name }), execute]
  }

  handleRowDescription({ fields }: { fields: { name: string; dataTypeID: number }[] }): void {
    this.statement.columns = {
      names: fields.map(({ name }) => name),
      readers: fields.map(({ dataTypeID }) => readerOf(dataTypeID))
    }
  }

  handleDataRow({ fields }: { fields: Fields }): void {
    const { columns = none } = this.statement
    try {
      this.rows.push(this.run.asLists ? listOf(columns, fields) : objectOf(columns, fields))
    } catch (error) {
      this.failure = error instanceof Error ? error : new Error(String(error))
    }
  }

  handleCommandComplete(): void {
    if (this.isShortening) {
      this.isShortening = false
      return
    }
    // Postgres describes no columns of a statement that returns no rows.
    this.statement.columns ??= none
  }

  handleReadyForQuery(): void {
    this.callback(this.failure, this.rows)
  }

  handleError(error: Error): void {
    if (this.isNameInDoubt) this.statement.givenUp.push(this.name)
    this.callback(error, [])
  }

  // No statement of the service leads to these messages.
  handleEmptyQuery(): void {}
  handlePortalSuspended(): void {}
  handleCopyInResponse(): void {}
  handleCopyData(): void {}
}
