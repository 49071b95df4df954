// A table of rows of the list, each with its address and what is to say of it.
import { words } from '../../kit/page.js'

export interface ShownRow {
  row: number
  address: string
  /** What is wrong; undefined for a good row. */
  problem: string | undefined
}

interface RowTableProps {
  caption: string
  rows: ShownRow[]
}

/** A table of all rows of a long list would take seconds to show. The report has them all. */
const mostShown = 200

export function RowTable({ caption, rows }: RowTableProps) {
  const shown = rows.slice(0, mostShown)
  return (
    <div class="scrolled" tabIndex={0} role="region" aria-label={caption}>
      <table class="rows list-rows">
        <caption class="unseen">{caption}</caption>
        <thead>
          <tr>
            <th scope="col">{words.say('inviter.import.row')}</th>
            <th scope="col">{words.say('inviter.import.address')}</th>
            <th scope="col">{words.say('inviter.import.state')}</th>
          </tr>
        </thead>
        <tbody>
          {shown.map(({ row, address, problem }) => (
            <tr key={`${row}-${address}`} class={problem === undefined ? '' : 'bad'}>
              <td>{words.number(row)}</td>
              <td>
                <bdi>{address}</bdi>
              </td>
              <td>{problem ?? words.say('inviter.import.ready')}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {rows.length > shown.length && (
        <p class="quiet">{words.count('inviter.import.rest', rows.length - shown.length)}</p>
      )}
    </div>
  )
}
