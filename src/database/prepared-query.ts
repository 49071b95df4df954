// One run of a prepared statement, as `pg` lets a query be written (its `Submittable`). `pg`'s own query makes a write of
// each of its five messages, and asks for the columns at each run: Postgres describes thirty of them for one invite.
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
const executeAndSync = Buffer.concat([serialize.execute({}), serialize.sync()])

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
    // To close a name that Postgres does not know is no error.
    const close = statement.givenUp.splice(0).map((gone) => {
      delete parsedStatements[gone]
      return serialize.close({ type: 'S', name: gone })
    })
    const isParsed = name !== '' && parsedStatements[name] !== undefined
    if (!isParsed) statement.columns = undefined
    const parse = isParsed ? [] : [serialize.parse({ name, text })]
    const asking = statement.columns ? [] : [describe]
    stream.write(Buffer.concat([...close, ...parse, bind, ...asking, executeAndSync]))
    return null
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
    // Postgres describes no columns of a statement that returns no rows.
    this.statement.columns ??= none
  }

  handleReadyForQuery(): void {
    this.callback(this.failure, this.rows)
  }

  handleError(error: Error): void {
    this.callback(error, [])
  }

  // No statement of the service leads to these messages.
  handleEmptyQuery(): void {}
  handlePortalSuspended(): void {}
  handleCopyInResponse(): void {}
  handleCopyData(): void {}
}
