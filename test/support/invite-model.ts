// The state machine of an invite as the contract tells it, without a database: what each call answers, and what it
// changes. The property test runs it beside the service.

export type Who = 'inviter' | 'ann' | 'bob' | 'admin'
/** For whom: ann by id, ann by her verified address, or whoever holds the link. */
export type Kind = 'named' | 'mailed' | 'link'
export type Passcode = 'none' | 'right' | 'wrong'

export interface Shape {
  kind: Kind
  maxUses: number
  deleteOnUse: boolean
  timed: boolean
}

export type Step =
  | { do: 'accept' | 'decline'; who: Who; passcode: Passcode }
  | { do: 'preview'; passcode: 'right' | 'wrong' }
  | { do: 'remove' | 'resend'; who: Who }
  | { do: 'patch'; who: Who; change: Change }
  | { do: 'expire' | 'minute' }
export type Change = { deleteOnUse: boolean } | { maxUses: number } | 'extend'

/** Wrong passcodes of one caller for one invite, after which every passcode is refused. */
const mostGuesses = 5

export class InviteModel {
  status: 'pending' | 'accepted' | 'declined' | 'revoked' | 'expired' = 'pending'
  uses = 0
  isRemoved = false
  /** The people who accepted, in order. */
  accepters: Who[] = []
  /** The person who used a single-use link: they are shown as its invitee, besides the person it was made for. */
  usedBy: Who | undefined
  private wasResent = false
  private readonly guesses = new Map<string, number>()
  maxUses: number
  deleteOnUse: boolean

  constructor(readonly shape: Shape) {
    this.maxUses = shape.kind === 'link' ? shape.maxUses : 1
    this.deleteOnUse = shape.deleteOnUse
  }

  /** Does a step, and says which status it answers; undefined for what is no call. */
  step(step: Step): number | undefined {
    switch (step.do) {
      case 'accept':
        return this.accept(step.who, step.passcode)
      case 'decline':
        return this.decline(step.who, step.passcode)
      case 'preview':
        return this.guess('nobody', step.passcode) ?? this.ended() ?? 200
      case 'remove':
        return this.remove(step.who)
      case 'resend':
        return this.resend(step.who)
      case 'patch':
        return this.patch(step.who, step.change)
      case 'expire':
        if (this.status === 'pending' && !this.isRemoved) this.status = 'expired'
        return undefined
      case 'minute':
        this.wasResent = false
        return undefined
    }
  }

  private isInvitee(who: Who): boolean {
    return this.shape.kind === 'link' ? this.usedBy === who : who === 'ann'
  }

  private manages(who: Who): boolean {
    return who === 'inviter' || who === 'admin'
  }

  /** Why there is nothing to take any more. */
  private ended(): number | undefined {
    if (this.status === 'pending') return undefined
    return this.status === 'expired' ? 410 : 409
  }

  /** The refusal of a passcode, counted when it is wrong. Only a link has one that somebody here can hold. */
  private guess(who: string, passcode: Passcode): number | undefined {
    if (passcode === 'none') return undefined
    const count = this.guesses.get(who) ?? 0
    if (count >= mostGuesses) return 429
    if (passcode === 'right' && this.shape.kind === 'link' && !this.isRemoved) return undefined
    this.guesses.set(who, count + 1)
    return 404
  }

  /** The refusal of somebody whom the invite is not for. */
  private notTheirs(who: Who, passcode: Passcode, linkMay: boolean): number | undefined {
    if (this.isRemoved) return 404
    if (who === 'inviter') return 403
    if (this.shape.kind !== 'link' && this.isInvitee(who)) return undefined
    if (passcode === 'none') return who === 'admin' ? 403 : 404
    return linkMay ? undefined : 403
  }

  private accept(who: Who, passcode: Passcode): number {
    if (this.accepters.includes(who)) return 200
    const refusal = this.guess(who, passcode) ?? this.notTheirs(who, passcode, true) ?? this.ended()
    if (refusal !== undefined) return refusal
    this.uses += 1
    this.accepters.push(who)
    if (this.maxUses === 1) this.usedBy = who
    if (this.uses === this.maxUses) {
      this.status = 'accepted'
      this.isRemoved = this.deleteOnUse
    }
    return 200
  }

  private decline(who: Who, passcode: Passcode): number {
    const wrong = this.guess(who, passcode)
    if (wrong !== undefined) return wrong
    const usedLink = this.shape.kind === 'link' && this.accepters.includes(who) && !this.isRemoved
    if (usedLink) return 403
    const refusal = this.notTheirs(who, passcode, false) ?? this.ended()
    if (refusal === undefined) this.status = 'declined'
    return refusal ?? 200
  }

  private remove(who: Who): number {
    if (this.isRemoved) return 404
    if (this.manages(who)) {
      if (this.status !== 'pending' && this.status !== 'expired') return 409
      this.status = 'revoked'
      return 200
    }
    if (this.isInvitee(who)) {
      const refusal = this.ended()
      if (refusal === undefined) this.status = 'declined'
      return refusal ?? 200
    }
    return this.accepters.includes(who) ? 403 : 404
  }

  private resend(who: Who): number {
    if (this.isRemoved) return 404
    if (!this.manages(who)) return this.isInvitee(who) || this.accepters.includes(who) ? 403 : 404
    const sendable = this.status === 'pending' || (this.status === 'expired' && !this.shape.timed)
    if (!sendable) return 409
    if (this.wasResent) return 429
    this.wasResent = true
    this.status = 'pending'
    return 202
  }

  private patch(who: Who, change: Change): number {
    if (this.isRemoved) return 404
    if (!this.manages(who)) return this.isInvitee(who) || this.accepters.includes(who) ? 403 : 404
    const patchable = this.status === 'pending' || (this.status === 'expired' && who === 'admin')
    if (!patchable) return 409
    if (change === 'extend') {
      this.status = 'pending'
    } else if ('deleteOnUse' in change) {
      this.deleteOnUse = change.deleteOnUse
    } else {
      const { maxUses } = change
      if ((this.shape.kind !== 'link' && maxUses !== 1) || maxUses <= this.uses) return 400
      this.maxUses = maxUses
    }
    return 200
  }
}
