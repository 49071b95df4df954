// A list of invites with its filters, and what can be done with the selected ones.
import { useState } from 'preact/hooks'
import { words } from '../../kit/page.js'
import { Button, Heading, Notice, Waiting } from '../../kit/parts.js'
import { Bulk } from '../bulk/bulk.js'
import { useSession } from '../session-context.js'
import type { ListView } from '../shell/views.js'
import type { Invite } from '../types.js'
import { isFiltered, noChoice, type ListChoice } from './choice.js'
import { FilterBar } from './filter-bar.js'
import type { BulkAction } from './filter.js'
import { useSelection } from './selection.js'
import { Table } from './table.js'
import { useList } from './use-list.js'

interface InviteListProps {
  view: ListView
  choice: ListChoice
  choose: (choice: ListChoice) => void
  isAdmin: boolean
}

/** Says why a list is empty, and what to do next. */
const Empty = ({ view, filtered, clear }: { view: ListView; filtered: boolean; clear: () => void }) => (
  <div class="empty stack">
    <p>{words.say(filtered ? 'inviter.empty.filtered' : `inviter.empty.${view}`)}</p>
    {filtered && <Button onClick={clear}>{words.say('inviter.clear-filters')}</Button>}
    {!filtered && view !== 'received' && (
      <a class="button primary" href="#new">
        {words.say('inviter.invite-somebody')}
      </a>
    )}
  </div>
)

export function InviteList({ view, choice, choose, isAdmin }: InviteListProps) {
  const me = useSession().session.user.id
  const list = useList({ view, choice, me })
  const { rows, total, isFirst, busy, trouble } = list
  const selection = useSelection(rows, list.filter)
  const [action, setAction] = useState<BulkAction>()
  const isReceived = view === 'received'
  const edit = (invite: Invite) => {
    selection.chooseOnly(invite)
    setAction('edit')
  }

  return (
    <>
      <div class="title">
        <Heading>{words.say(`inviter.view.${view}`)}</Heading>
        {!isFirst && (
          <p class="quiet" role="status">
            {words.count('inviter.total', total)}
          </p>
        )}
      </div>
      <FilterBar choice={choice} choose={choose} />
      {!isReceived && (
        <Bulk
          selection={selection}
          total={total}
          loaded={rows.length}
          isAdmin={isAdmin}
          action={action}
          setAction={setAction}
        />
      )}
      {trouble && (
        <Notice kind="bad">
          {trouble}{' '}
          <Button class="small" onClick={list.again}>
            {words.say('page.again')}
          </Button>
        </Notice>
      )}
      {isFirst && busy && <Waiting />}
      {!isFirst && rows.length === 0 && (
        <Empty view={view} filtered={isFiltered(choice)} clear={() => choose({ ...noChoice, sort: choice.sort })} />
      )}
      {rows.length > 0 && <Table view={view} rows={rows} changed={list.changed} selection={selection} edit={edit} />}
      {rows.length > 0 && (
        <p class="list-more">
          <span class="quiet">
            {words.say('inviter.shown', { shown: words.number(rows.length), total: words.number(total) })}
          </span>
          {rows.length < total && (
            <Button busy={busy} onClick={list.more}>
              {words.say('inviter.more')}
            </Button>
          )}
        </p>
      )}
    </>
  )
}
