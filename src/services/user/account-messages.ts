// The messages with links that verify an address or set a new password, for the delivery worker.
import { runOne } from '../../database/statement.js'
import { contentOf } from '../../delivery/letter.js'
import type { MessageKind } from '../../delivery/message.js'
import { dropMessage, enqueue } from '../../delivery/outbox.js'
import type { Database } from '../../database/statement.js'
import { Words } from '../../words/words.js'
import { hashToken, issueReset, mailedToken, type Purpose } from './account-tokens.js'
import { v7 as uuidv7 } from 'uuid'

export interface AccountMessages {
  /** Makes the tokens of messages. */
  key: Buffer
  /** The base URL of links. It is a function because it may be known only when the server listens. */
  publicUrl: () => string
  defaultLocale: string
  timeZone: string
}

/** A wish for a new password, before anybody has looked whether the address has an account. */
const wishKind = 'reset-wish'

/**
 * Puts the wish for a new password of an address into the outbox. It takes the same time for every address: the worker
 * looks later whether it has an account.
 */
export const wishForReset = (db: Database, address: string) =>
  enqueue(db, { kind: wishKind, medium: 'email', recipient: address, subjectId: uuidv7(), payload: {} })

interface Addressed {
  locale: string | null
  expiresAt: string
}

const addressedText = `
  select u.locale, t."expiresAt"
  from account_tokens t
    join identity_providers p on p.id = t."identityProviderId"
    join users u on u.id = p."userId"
  where t.hash = $1 and t.purpose = $2 and t."expiresAt" > clock_timestamp()`

function linkMessages(purpose: Purpose, { key, publicUrl, defaultLocale, timeZone }: AccountMessages): MessageKind {
  return {
    name: purpose,
    secretNumbers: true,

    /**
     * A message is superseded when its token was used or replaced, or has expired. It has no name: a stranger who
     * registers another person's address must not have words of their own sent there.
     */
    async compose(db, row) {
      const token = mailedToken(key, row)
      const found = await runOne<Addressed & object>(db, addressedText, [hashToken(token), purpose])
      if (!found) return 'superseded'
      const words = Words.in([found.locale, defaultLocale], timeZone)
      const subject = words.say(`${purpose}.subject`)
      return contentOf({
        words,
        subject,
        heading: subject,
        body: [words.say(`${purpose}.why`), words.count('account.once', 1, { until: words.time(found.expiresAt) })],
        action: { label: words.say(`${purpose}.open`), url: `${publicUrl()}/${purpose}#token=${token}` },
        notes: [words.say(`${purpose}.ignore`)]
      })
    },

    /** The user asks again for a message that did not arrive. */
    settle: () => Promise.resolve()
  }
}

/** Wishes become messages for addresses that have a password. A wish is no message itself, and does not stay. */
const wishes = ({ key }: AccountMessages): MessageKind => ({
  name: wishKind,
  secretNumbers: true,
  async compose(db, { id, recipient }) {
    await issueReset(db, key, recipient, id)
    return 'superseded'
  },
  settle: (trx, { id }) => dropMessage(trx, id)
})

export const accountMessages = (options: AccountMessages): MessageKind[] => [
  linkMessages('verify', options),
  linkMessages('reset', options),
  wishes(options)
]
