// The sheet of paper with the QR code of a link: whose invite it is, what it leads to, until when, and the link.
import { render } from 'preact'
import { words } from '../../kit/page.js'
import type { WordKey } from '../../../../words/catalogues.js'
import type { Invite } from '../types.js'

interface SheetProps {
  invite: Invite
  /** The address of the picture of the code. */
  picture: string
  inviterName: string
  targetName: string | null
}

/** The sentence that the message of an invite begins with. */
function headline({ invite, inviterName, targetName }: SheetProps): string {
  const values = { inviter: words.name(inviterName), target: words.name(targetName ?? '') }
  const named = `invite.${invite.inviteType}` as WordKey
  const unnamed = `${named}.unnamed` as WordKey
  return words.say(targetName === null && words.say(unnamed) !== unnamed ? unnamed : named, values)
}

function until(invite: Invite): string {
  const { startTime: from, endTime: to } = invite
  if (from !== null && to !== null) {
    return words.say('invite.window', { from: words.time(from), until: words.time(to) })
  }
  const end = to ?? invite.expiresAt
  return end === null ? '' : words.say('invite.until', { until: words.time(end) })
}

const Sheet = (props: SheetProps) => (
  <>
    <h1>{headline(props)}</h1>
    <p>{until(props.invite)}</p>
    <img src={props.picture} alt={words.say('inviter.link.alt')} />
    <p>{words.say('inviter.link.scan')}</p>
    <p class="link" dir="ltr">
      {props.invite.link}
    </p>
  </>
)

/** Prints the sheet alone. It stands beside the page, because a part deep in a page cannot be printed without the rest. */
export async function printSheet(props: SheetProps): Promise<void> {
  const sheet = document.createElement('div')
  sheet.className = 'print-sheet'
  render(<Sheet {...props} />, sheet)
  document.body.append(sheet)
  document.body.classList.add('prints-sheet')
  await sheet.querySelector('img')?.decode()
  const done = () => {
    window.removeEventListener('afterprint', done)
    document.body.classList.remove('prints-sheet')
    render(null, sheet)
    sheet.remove()
  }
  window.addEventListener('afterprint', done)
  window.print()
}
