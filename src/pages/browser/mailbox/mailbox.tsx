// The mailbox: the list of messages beside the one that is read; on a narrow screen one of them.
import { useEffect, useState } from 'preact/hooks'
import type { MailboxSettings, PageData } from '../../page-html.js'
import { data, urlOf } from '../kit/page.js'
import { Field, Notice, Waiting } from '../kit/parts.js'
import { List } from './list.js'
import { Message } from './message.js'
import { useMessages } from './use-messages.js'

const { media, inviterPage } = data as PageData & MailboxSettings

/** The id of the message that is read: the fragment. */
function useChosen(): string {
  const [hash, setHash] = useState(location.hash)
  useEffect(() => {
    const onChange = () => setHash(location.hash)
    addEventListener('hashchange', onChange)
    return () => removeEventListener('hashchange', onChange)
  }, [])
  return hash.slice(1)
}

const Elsewhere = () => (
  <>
    {!media.email && <Notice>E-mail goes to the server in SMTP_URL. Only short messages are kept here.</Notice>}
    {!media.sms && <Notice>Short messages go to SMS_WEBHOOK_URL. Only e-mail is kept here.</Notice>}
  </>
)

const Empty = () => (
  <div class="empty">
    <h2>No message yet</h2>
    <p>Invite an e-mail address or a phone number. What they get appears here within a second.</p>
    {inviterPage && (
      <a class="button primary" href={urlOf('invites')}>
        Invite somebody
      </a>
    )}
  </div>
)

const Live = ({ live }: { live: boolean }) => (
  <p class={`live ${live ? 'good' : 'bad'}`} role="status">
    {live ? 'Live' : 'The service does not answer'}
  </p>
)

const wide = '(min-width: 52.01rem)'

export function Mailbox() {
  const { entries, arrived, live } = useMessages()
  const chosen = useChosen()
  const [opened, setOpened] = useState<ReadonlySet<string>>(new Set())
  const [search, setSearch] = useState('')
  const isLoaded = entries !== undefined
  const newest = entries?.[0]?.id

  useEffect(() => {
    if (chosen !== '') setOpened((before) => new Set([...before, chosen]))
  }, [chosen])
  useEffect(() => {
    // Beside the list there is room for the newest message.
    if (newest !== undefined && location.hash === '' && matchMedia(wide).matches) location.replace(`#${newest}`)
  }, [isLoaded])

  const unread = new Set([...arrived].filter((id) => !opened.has(id)))
  useEffect(() => {
    document.title = document.title.replace(/^(\(\d+\) )?/, unread.size > 0 ? `(${unread.size}) ` : '')
  }, [unread.size])

  const text = search.trim().toLowerCase()
  const found = entries?.filter(({ recipient }) => recipient.toLowerCase().includes(text)) ?? []
  const entry = entries?.find(({ id }) => id === chosen)
  return (
    <main class={`mailbox ${entry ? 'reading' : ''}`}>
      <div class="heading">
        <h1>Mailbox</h1>
        <Live live={live} />
        <p class="quiet">Messages end here, not at their recipients. The last 200 are kept in memory.</p>
      </div>
      <Elsewhere />
      {!isLoaded && <Waiting />}
      {isLoaded && entries.length === 0 && <Empty />}
      {isLoaded && entries.length > 0 && (
        <div class="panes">
          <section class="inbox" aria-label="Messages">
            <Field label="Search by recipient">
              {(attributes) => (
                <input
                  type="search"
                  autocomplete="off"
                  spellcheck={false}
                  value={search}
                  onInput={(event) => setSearch(event.currentTarget.value)}
                  {...attributes}
                />
              )}
            </Field>
            {found.length === 0 ? (
              <p class="none" role="status">
                No message to “{search.trim()}”.
              </p>
            ) : (
              <List entries={found} chosen={chosen} unread={unread} />
            )}
            <p class="quiet api">
              The same for tests, as JSON:
              <a href={urlOf('dev/mailbox/messages')}>
                <code>/dev/mailbox/messages?to=…</code>
              </a>
            </p>
          </section>
          <section class="reader" aria-label="The message">
            {entry ? <Message entry={entry} /> : <p class="none">Choose a message in the list.</p>}
          </section>
        </div>
      )}
      <p class="unseen" role="status">
        {unread.size > 0 ? `${unread.size} new` : ''}
      </p>
    </main>
  )
}
