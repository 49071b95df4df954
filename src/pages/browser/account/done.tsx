// The card when all is done, with the way on.
import type { ComponentChildren } from 'preact'
import type { AccountSettings, PageData } from '../../page-html.js'
import { data, urlOf, words } from '../kit/page.js'
import { Heading } from '../kit/parts.js'

const { inviterPage } = data as PageData & AccountSettings

export const Done = ({ heading, children }: { heading: string; children?: ComponentChildren }) => (
  <>
    <Heading>{heading}</Heading>
    {children}
    {inviterPage ? (
      <a class="button primary" href={urlOf('invites')}>
        {words.say('account.invites')}
      </a>
    ) : (
      <p>{words.say('account.close')}</p>
    )}
  </>
)
