// The messages, as they arrive: the page asks once a second while somebody looks at it.
import { useEffect, useState } from 'preact/hooks'
import type { Entry } from '../../mailbox-entry.js'
import { call } from '../kit/api.js'

const everyMs = 1000
/** So many the service keeps. */
const most = 200

interface Reply {
  since: string
  data: Entry[]
}

export interface Messages {
  /** The newest first; undefined until the first answer. */
  entries: Entry[] | undefined
  /** The ids of those that have arrived since this page was opened. */
  arrived: ReadonlySet<string>
  /** Whether the last question was answered. */
  live: boolean
}

const nothing: Messages = { entries: undefined, arrived: new Set(), live: true }

/** The new ones before the old ones. A message that was sent again has moved to the front. */
function withNew({ entries, arrived }: Messages, news: Entry[]): Messages {
  const ids = new Set(news.map(({ id }) => id))
  const kept = [...news, ...(entries ?? []).filter(({ id }) => !ids.has(id))].slice(0, most)
  return { entries: kept, arrived: entries === undefined ? arrived : new Set([...arrived, ...ids]), live: true }
}

export function useMessages(): Messages {
  const [messages, setMessages] = useState(nothing)
  useEffect(() => {
    let since = ''
    let last = 0
    let timer = 0
    let asking = false

    async function news(): Promise<Entry[]> {
      const { body } = await call<Reply>('GET', `dev/mailbox/messages?after=${last}`)
      if (since !== '' && body.since !== since) {
        // The service has started again, with an empty mailbox.
        since = ''
        last = 0
        setMessages(nothing)
        return news()
      }
      since = body.since
      last = Math.max(last, ...body.data.map(({ number }) => number))
      return body.data
    }

    async function ask(): Promise<void> {
      clearTimeout(timer)
      if (asking || document.visibilityState === 'hidden') return
      asking = true
      try {
        const found = await news()
        setMessages((before) =>
          found.length > 0 || before.entries === undefined || !before.live ? withNew(before, found) : before
        )
      } catch {
        setMessages((before) => ({ ...before, live: false }))
      }
      asking = false
      timer = window.setTimeout(() => void ask(), everyMs)
    }

    const onVisible = () => void ask()
    document.addEventListener('visibilitychange', onVisible)
    void ask()
    return () => {
      clearTimeout(timer)
      document.removeEventListener('visibilitychange', onVisible)
    }
  }, [])
  return messages
}
