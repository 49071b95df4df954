// A moment, in the reader's language and time zone.
import { words } from '../../kit/page.js'

export const Moment = ({ at }: { at: string | null }) =>
  at === null ? (
    <span>–</span>
  ) : (
    <time dateTime={at} title={words.time(at)}>
      {words.shortTime(at, false)}
    </time>
  )
