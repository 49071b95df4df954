// The very call that the panel makes, to copy, in four languages. Its token is left out.
import { useState } from 'preact/hooks'
import { words } from '../../kit/page.js'
import { Copy } from '../../kit/parts.js'
import { Tabs } from '../../kit/tabs.js'
import { snippets } from './snippets/index.js'
import type { CallToCopy } from './snippets/call-to-copy.js'

const names = Object.keys(snippets)

/** `isComplete`: the call changes something; before that there is nothing to copy. */
export function CallPanel({ call, isComplete }: { call: CallToCopy; isComplete: boolean }) {
  const [chosen, setChosen] = useState(names[0] ?? '')
  const text = snippets[chosen]?.(call) ?? ''
  return (
    <details class="call">
      <summary>{words.say('inviter.call')}</summary>
      <div class="stack">
        <p class="hint">{words.say(isComplete ? 'inviter.call-hint' : 'inviter.call-later')}</p>
        {isComplete && (
          <Tabs label={words.say('inviter.call')} names={names} chosen={chosen} choose={setChosen}>
            <pre dir="ltr" tabIndex={0}>
              <code>{text}</code>
            </pre>
            <Copy text={text} />
          </Tabs>
        )}
      </div>
    </details>
  )
}
