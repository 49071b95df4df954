// The states of the page, and what its cards share.
import type { Landing } from '../../../services/invite/types/landing.js'
import type { Preview } from '../../../services/invite/answer/preview.schema.js'
import type { Wait } from '../kit/patience.js'
import type { Session } from '../kit/session.js'
import type { Answering } from './use-answer.js'

/** The part of an invite by which people know it. */
export type Shown = Pick<Preview, 'inviteType' | 'inviterName' | 'targetName'>

/** The result of an answer that was given on this page. */
export type Outcome = { at: 'accepted'; shown: Shown; landing: Landing } | { at: 'declined' }

/** The link that opened this page. */
export interface Link {
  /** The id of the invite, as it stands in the address: in full, or in 22 characters. Empty where none is. */
  id: string
  passcode?: string
  /** The invite is answered. */
  outcome?: Outcome
}

/** An invite that can be answered, and who is here. */
export interface Pending {
  at: 'pending'
  invite: Omit<Preview, 'id' | 'now'>
  session: Session | undefined
}

export type State =
  | { at: 'reading' }
  | { at: 'away'; wait: Wait }
  | Pending
  /** `opensAt` by the browser's clock, in milliseconds. */
  | { at: 'early'; invite: Pending['invite'] | undefined; from: string; opensAt: number }
  | { at: 'expired'; until: string | null }
  | { at: 'used'; session: Session | undefined }
  | { at: 'incomplete'; session: Session | undefined }
  | { at: 'revoked' | 'gone' | 'wrong' }
  /** `until` by the browser's clock, in milliseconds. */
  | { at: 'limited'; until: number }
  | { at: 'failed'; trouble: string }
  | Outcome

/** What every card can do. */
export interface Turns {
  link: Link
  /** Reads the invite anew. */
  again: () => void
  show: (state: State) => void
  /** The invite is answered. */
  finish: (outcome: Outcome) => void
}

/** What the parts of the card of a pending invite share: one call at a time, and one sentence about what went wrong. */
export interface Parts {
  invite: Pending['invite']
  turns: Turns
  answering: Answering
  say: (trouble: string) => void
  /** A refusal that no part has words of its own for. */
  refused: (error: unknown) => void
}
