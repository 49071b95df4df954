// One message: whom it went to, its link, and its HTML, text and source.
import { useEffect, useRef, useState } from 'preact/hooks'
import type { Entry, Whole } from '../../mailbox-entry.js'
import { call } from '../kit/api.js'
import { urlOf } from '../kit/page.js'
import { Copy, Notice, Waiting } from '../kit/parts.js'
import { Medium } from './list.js'
import { Tabs } from '../kit/tabs.js'
import { timeOf } from './times.js'

const pathOf = (id: string, part = '') => `dev/mailbox/messages/${id}${part}`

/** A text whose links can be followed. */
const Text = ({ text }: { text: string }) => (
  <pre class="text" dir="auto">
    {text.split(/(https?:\/\/\S+)/).map((part, at) =>
      // Each second part is a link.
      at % 2 === 1 ? (
        <a href={part} target="_blank" rel="noopener">
          {part}
        </a>
      ) : (
        part
      )
    )}
  </pre>
)

/** The source is asked for when its tab is opened. */
function Source({ id }: { id: string }) {
  const [source, setSource] = useState<string>()
  useEffect(() => {
    let gone = false
    const show = (text: string) => void (gone || setSource(text))
    fetch(urlOf(pathOf(id, '/raw')), { cache: 'no-store' })
      .then((response) => response.text())
      .then(show, () => show('The service does not answer.'))
    return () => {
      gone = true
    }
  }, [id])
  return source === undefined ? <Waiting /> : <pre class="source">{source}</pre>
}

/** The policy of the answer keeps scripts out; the attribute does so as well. */
const Html = ({ id }: { id: string }) => (
  <iframe
    key={id}
    sandbox="allow-popups allow-popups-to-escape-sandbox"
    src={urlOf(pathOf(id, '/html'))}
    title="The message, as a mail program shows it"
  />
)

const views = { HTML: Html, Source }
type View = 'HTML' | 'Text' | 'Source'

function Content({ message }: { message: Whole }) {
  const [wanted, setWanted] = useState<View>('HTML')
  const names: View[] = message.html ? ['HTML', 'Text', 'Source'] : ['Text', 'Source']
  const chosen = names.includes(wanted) ? wanted : 'Text'
  const Shown = chosen === 'Text' ? undefined : views[chosen]
  return (
    <Tabs label="Forms of the message" names={names} chosen={chosen} choose={setWanted}>
      {Shown ? <Shown id={message.id} /> : <Text text={message.text} />}
    </Tabs>
  )
}

const Files = ({ id, files }: Whole) => (
  <p>
    Attached:{' '}
    {files.map(({ name, bytes }, at) => (
      <span key={name}>
        <a href={urlOf(pathOf(id, `/files/${at}`))} download={name}>
          {name}
        </a>{' '}
        <span class="quiet">{bytes} bytes</span>
      </span>
    ))}
  </p>
)

export function Message({ entry }: { entry: Entry }) {
  const { id, medium, recipient, subject, at, link, number } = entry
  const [whole, setWhole] = useState<Whole>()
  const [failed, setFailed] = useState(false)
  const heading = useRef<HTMLHeadingElement>(null)
  useEffect(() => {
    const stop = new AbortController()
    setFailed(false)
    call<Whole>('GET', pathOf(id), { signal: stop.signal }).then(
      ({ body }) => setWhole(body),
      () => void (stop.signal.aborted || setFailed(true))
    )
    return () => stop.abort()
  }, [id, number])
  useEffect(() => {
    // On a phone the list is gone, and the focus with it.
    if (document.activeElement === document.body) heading.current?.focus({ preventScroll: true })
  }, [id])
  return (
    <article class="message" aria-labelledby="subject">
      <a class="back" href="#">
        <span aria-hidden="true">←</span> All messages
      </a>
      <h2 id="subject" tabIndex={-1} ref={heading} dir="auto">
        {subject}
      </h2>
      <p class="facts">
        <Medium medium={medium} />
        <span>
          to <bdi>{recipient}</bdi>
        </span>
        <time class="quiet" dateTime={at}>
          {timeOf(at)}
        </time>
      </p>
      {link && (
        <div class="row">
          <a class="button primary" href={link} target="_blank" rel="noopener">
            Open the link <span aria-hidden="true">↗</span>
            <span class="unseen"> in a new tab</span>
          </a>
          <Copy text={link} label="Copy the link" />
        </div>
      )}
      {whole?.id === id && whole.files.length > 0 && <Files {...whole} />}
      {failed && <Notice kind="bad">This message is not there any more: the service has been started again.</Notice>}
      {!failed && (whole?.id === id ? <Content key={medium} message={whole} /> : <Waiting />)}
    </article>
  )
}
