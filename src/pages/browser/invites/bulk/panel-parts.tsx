// The common parts of the panels of selected invites: their heading, how many invites the call will change, and its failure.
import type { ComponentChildren } from 'preact'
import { useEffect, useRef } from 'preact/hooks'
import { words } from '../../kit/page.js'
import { Notice, Waiting } from '../../kit/parts.js'
import type { BulkAction } from '../list/filter.js'
import { patchCap } from '../settings.js'

/** It takes the focus when the panel opens. */
export function PanelHeading({ children }: { children: ComponentChildren }) {
  const heading = useRef<HTMLHeadingElement>(null)
  useEffect(() => heading.current?.focus(), [])
  return (
    <h2 ref={heading} tabIndex={-1}>
      {children}
    </h2>
  )
}

interface WillChangeProps {
  count: number | undefined
  isTooMany: boolean
  action: BulkAction
}

export function WillChange({ count, isTooMany, action }: WillChangeProps) {
  if (count === undefined) return <Waiting />
  if (isTooMany) return <Notice kind="bad">{words.count('inviter.too-many', patchCap)}</Notice>
  if (count === 0)
    return <Notice>{words.say(action === 'edit' ? 'inviter.none-change' : 'inviter.none-revoke')}</Notice>
  return <p role="status">{words.count(action === 'edit' ? 'inviter.will-change' : 'inviter.will-revoke', count)}</p>
}

/** Nothing while the call has not failed. */
export const Failure = ({ trouble, outcome }: { trouble: string; outcome: string }) =>
  trouble ? (
    <Notice kind="bad">
      <p>{trouble}</p>
      {outcome && <p>{outcome}</p>}
    </Notice>
  ) : null
