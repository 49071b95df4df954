// The columns behind a schema whose keys are columns. Statements name them, and never say `*`: a column that a newer
// process adds is then in no reply, and does not change the rows of a statement that is prepared already, which Postgres
// would refuse from then on.
import type { TObject } from '@sinclair/typebox'

export const columnsOf = ({ properties }: TObject) => Object.keys(properties)

/** For select and returning, over the table's alias. */
export const columnsSql = (schema: TObject, of: string) =>
  columnsOf(schema)
    .map((name) => `${of}."${name}"`)
    .join(', ')
