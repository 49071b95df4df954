// Suggests the key that a client probably means by one that is not known.
import { distance } from 'fastest-levenshtein'

/** In a schema: other words that people use for the key. */
export const otherNames = 'x-also-called'

/** Known keys, each with the other words for it. */
export type KnownKeys = Iterable<readonly [key: string, others?: readonly string[] | undefined]>

const plain = (key: string) => key.toLowerCase().replace(/[^a-z0-9]/g, '')

/** A slip of one letter in a short key, of two in a long one. */
const slips = (key: string) => (key.length < 6 ? 1 : 2)

/** The known key that is nearest to a wrong one; undefined where none is near. */
export function nearest(wrong: string, known: KnownKeys): string | undefined {
  const word = plain(wrong)
  if (word === '' || word.length > 64) return undefined
  const ranked = [...known]
    .map(([key, others = []]) => {
      const same = [key, ...others].some((name) => plain(name) === word)
      return { key, away: same ? 0 : distance(plain(key), word) }
    })
    .sort((one, other) => one.away - other.away)
  const [first] = ranked
  return first && first.away <= slips(word) ? first.key : undefined
}

/** `: did you mean inviteType?`, to end a message with; empty where no known key is near. */
export function suggestion(wrong: string, known: KnownKeys): string {
  const key = nearest(wrong, known)
  return key === undefined ? '' : `: did you mean ${key}?`
}
