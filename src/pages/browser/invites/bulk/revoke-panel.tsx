// The panel that revokes the selected invites, after a question.
import { words } from '../../kit/page.js'
import { Button } from '../../kit/parts.js'
import { CallPanel } from './call-panel.js'
import { Failure, PanelHeading, WillChange } from './panel-parts.js'
import { useBulk, type PanelProps } from './use-bulk.js'

export function RevokePanel(props: PanelProps) {
  const bulk = useBulk('revoke', props)
  const { count, isTooMany, busy, trouble, outcome } = bulk
  return (
    <div class="panel stack" role="group" aria-label={words.say('inviter.revoke')}>
      <PanelHeading>{words.say('inviter.revoke-title')}</PanelHeading>
      <WillChange count={count} isTooMany={isTooMany} action="revoke" />
      <Failure trouble={trouble} outcome={outcome} />
      <div class="row">
        <Button kind="danger" busy={busy} disabled={!count || isTooMany} onClick={() => void bulk.send()}>
          {words.count('inviter.revoke-count', count ?? 0)}
        </Button>
        <Button kind="plain" onClick={props.close}>
          {words.say('inviter.keep')}
        </Button>
      </div>
      <CallPanel call={bulk.toCopy} isComplete />
    </div>
  )
}
