// One invite of a list, and below it, when it is open, everything about it.
import { useRef } from 'preact/hooks'
import { words } from '../../kit/page.js'
import { Details } from '../details/details.js'
import type { ListView } from '../shell/views.js'
import type { Invite } from '../types.js'
import { AnswerButtons } from './answer-buttons.js'
import { columnsOf, labelOf } from './columns.js'
import { recipientOf } from './facts.js'

interface RowProps {
  invite: Invite
  view: ListView
  isOpen: boolean
  isSelected: boolean
  isChanged: boolean
  toggle: () => void
  select: (selected: boolean) => void
  edit: (invite: Invite) => void
}

export function Row({ invite, view, isOpen, isSelected, isChanged, toggle, select, edit }: RowProps) {
  const opener = useRef<HTMLButtonElement>(null)
  const columns = columnsOf(view)
  const isReceived = view === 'received'
  const title = isReceived ? words.name(invite.user.name) : recipientOf(invite)
  const panel = `details-${invite.id}`
  const close = (event: KeyboardEvent) => {
    if (event.key !== 'Escape' || !isOpen) return
    event.stopPropagation()
    toggle()
    opener.current?.focus()
  }
  return (
    <>
      <tr
        class={`invite ${isOpen ? 'open' : ''} ${isSelected ? 'selected' : ''} ${isChanged ? 'changed' : ''}`}
        data-id={invite.id}
        onKeyDown={close}
      >
        {!isReceived && (
          <td class="pick">
            <input
              type="checkbox"
              aria-label={words.say('inviter.select-one', { name: title })}
              checked={isSelected}
              onChange={(event) => select(event.currentTarget.checked)}
            />
          </td>
        )}
        <th scope="row">
          <button
            type="button"
            class="opener"
            ref={opener}
            aria-expanded={isOpen}
            aria-controls={isOpen ? panel : undefined}
            onClick={toggle}
          >
            <span>{title}</span>
          </button>
          {!isReceived && invite.token !== null && invite.invitee && (
            <p class="hint">{words.name(invite.invitee.name)}</p>
          )}
        </th>
        {columns.map((column) => (
          <td class={column.name}>
            <span class="cell-label" aria-hidden="true">
              {labelOf(column)}
            </span>
            {column.cell(invite)}
          </td>
        ))}
        {isReceived && (
          <td class="answers">
            <AnswerButtons invite={invite} />
          </td>
        )}
      </tr>
      {isOpen && (
        <tr class="details" id={panel} onKeyDown={close}>
          <td colSpan={columns.length + 2}>
            <Details invite={invite} title={title} edit={edit} />
          </td>
        </tr>
      )}
    </>
  )
}
