// The table of a list. On a narrow screen its rows are cards.
import { useState } from 'preact/hooks'
import { words } from '../../kit/page.js'
import type { ListView } from '../shell/views.js'
import type { Invite } from '../types.js'
import { columnsOf, labelOf } from './columns.js'
import { Row } from './row.js'
import type { Selection } from './selection.js'

interface TableProps {
  view: ListView
  rows: readonly Invite[]
  changed: string | undefined
  selection: Selection
  edit: (invite: Invite) => void
}

export function Table({ view, rows, changed, selection, edit }: TableProps) {
  const [open, setOpen] = useState('')
  const isReceived = view === 'received'
  return (
    <table class={`invites ${view}`}>
      <caption class="unseen">{words.say(`inviter.view.${view}`)}</caption>
      <thead>
        <tr>
          {!isReceived && (
            <td class="pick">
              <label class="check">
                <input
                  type="checkbox"
                  checked={rows.length > 0 && rows.every(selection.has)}
                  onChange={(event) => selection.chooseLoaded(event.currentTarget.checked)}
                />
                <span class="select-label">{words.say('inviter.select-loaded')}</span>
              </label>
            </td>
          )}
          <th scope="col">{words.say(isReceived ? 'inviter.column.inviter' : 'inviter.column.recipient')}</th>
          {columnsOf(view).map((column) => (
            <th scope="col">{labelOf(column)}</th>
          ))}
          {isReceived && <th scope="col">{words.say('inviter.column.answer')}</th>}
        </tr>
      </thead>
      <tbody>
        {rows.map((invite) => (
          <Row
            key={invite.id}
            invite={invite}
            view={view}
            isOpen={open === invite.id}
            isSelected={selection.has(invite)}
            isChanged={changed === invite.id}
            toggle={() => setOpen(open === invite.id ? '' : invite.id)}
            select={(selected) => selection.choose(invite, selected)}
            edit={edit}
          />
        ))}
      </tbody>
    </table>
  )
}
