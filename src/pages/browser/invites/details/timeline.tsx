// The history of an invite: each action, by which user, and when.
import { useEffect, useState } from 'preact/hooks'
import { words } from '../../kit/page.js'
import { Notice, Waiting } from '../../kit/parts.js'
import { troubleOf } from '../../kit/troubles.js'
import { Moment } from '../list/moment.js'
import { useCall, useSession } from '../session-context.js'
import type { HistoryEntry, Invite } from '../types.js'

export function Timeline({ invite }: { invite: Invite }) {
  const callApi = useCall()
  const { session } = useSession()
  const [entries, setEntries] = useState<HistoryEntry[]>()
  const [trouble, setTrouble] = useState('')
  const { delivery } = invite
  useEffect(() => {
    const control = new AbortController()
    callApi<HistoryEntry[]>('GET', `invite/${invite.id}/history`, { signal: control.signal })
      .then(({ body }) => setEntries(body))
      .catch((error: unknown) => {
        if (!control.signal.aborted) setTrouble(troubleOf(error))
      })
    return () => control.abort()
  }, [invite.id, invite.updatedAt, delivery?.status, delivery?.attempts])

  /** The page knows the names of the people of the invite; of another user it knows that it is another. */
  function nameOf({ userId, action }: HistoryEntry): string {
    if (userId === session.user.id) return words.say('inviter.you')
    const person = [invite.user, invite.invitee].find((one) => one?.id === userId)
    if (person) return words.name(person.name)
    return words.say(action === 'patched' || action === 'revoked' ? 'inviter.administrator' : 'inviter.somebody')
  }

  return (
    <div class="history">
      <h2>{words.say('inviter.history')}</h2>
      {trouble && <Notice kind="bad">{trouble}</Notice>}
      {!entries && !trouble && <Waiting />}
      <ol class="timeline">
        {entries?.map((entry) => (
          <li>
            <p>
              <strong>{words.say(`inviter.history.${entry.action}`)}</strong>
              {entry.userId !== null && ` · ${nameOf(entry)}`}
            </p>
            {entry.keys.length > 0 && (
              <p class="hint">
                <code dir="ltr">{entry.keys.join(', ')}</code>
              </p>
            )}
            {entry.answer !== null && (
              <p class="hint">
                {words.say('inviter.provider')} <q dir="auto">{entry.answer}</q>
              </p>
            )}
            <p class="quiet">
              <Moment at={entry.createdAt} />
            </p>
          </li>
        ))}
      </ol>
    </div>
  )
}
