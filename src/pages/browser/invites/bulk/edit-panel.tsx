// The panel that changes the selected invites: all of them in one call, or none.
import { useState } from 'preact/hooks'
import { words } from '../../kit/page.js'
import { Button } from '../../kit/parts.js'
import { CallPanel } from './call-panel.js'
import { bodyOf, isComplete, type Changes } from './changes.js'
import { Fields } from './fields.js'
import { Failure, PanelHeading, WillChange } from './panel-parts.js'
import { useBulk, type PanelProps } from './use-bulk.js'

export function EditPanel(props: PanelProps) {
  const [changes, setChanges] = useState<Changes>({})
  const body = bodyOf(changes)
  const isEmpty = Object.keys(body).length === 0
  const bulk = useBulk('edit', props, body)
  const { count, isTooMany, busy, trouble, outcome, problems } = bulk
  return (
    <form
      class="panel stack"
      aria-label={words.say('inviter.edit')}
      onSubmit={(event) => {
        event.preventDefault()
        if (!busy && !isEmpty && count && !isTooMany) void bulk.send()
      }}
    >
      <PanelHeading>{words.say('inviter.edit-title')}</PanelHeading>
      <WillChange count={count} isTooMany={isTooMany} action="edit" />
      <Fields changes={changes} change={setChanges} problems={problems} isAdmin={props.isAdmin} />
      <Failure trouble={trouble} outcome={outcome} />
      <div class="row">
        <Button kind="primary" type="submit" busy={busy} disabled={isEmpty || !count || isTooMany}>
          {words.count('inviter.change', count ?? 0)}
        </Button>
        <Button kind="plain" onClick={props.close}>
          {words.say('inviter.cancel')}
        </Button>
      </div>
      <CallPanel call={bulk.toCopy} isComplete={!isEmpty && isComplete(changes)} />
    </form>
  )
}
