// The list of messages.
import type { Entry } from '../../mailbox-entry.js'
import { timeOf } from './times.js'

const mediumNames = { email: 'E-mail', sms: 'SMS' }

export const Medium = ({ medium }: { medium: Entry['medium'] }) => (
  <span class={`medium ${medium}`}>{mediumNames[medium]}</span>
)

interface ListProps {
  entries: Entry[]
  chosen: string
  /** The messages that have arrived, and that were not opened. */
  unread: ReadonlySet<string>
}

/** Each message is a link to its own fragment, so that the keyboard, “back” and a reload work as they always do. */
export const List = ({ entries, chosen, unread }: ListProps) => (
  <ul class="messages">
    {entries.map(({ id, medium, recipient, subject, at }) => (
      <li key={id}>
        <a href={`#${id}`} aria-current={id === chosen ? 'true' : undefined} class={unread.has(id) ? 'unread' : ''}>
          <span class="recipient">
            {unread.has(id) && <span class="unseen">New: </span>}
            <bdi>{recipient}</bdi>
          </span>
          <time dateTime={at}>{timeOf(at)}</time>
          <span class="subject" dir="auto">
            {subject}
          </span>
          <Medium medium={medium} />
        </a>
      </li>
    ))}
  </ul>
)
