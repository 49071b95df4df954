// The links to the views.
import { words } from '../../kit/page.js'
import type { View } from './views.js'

export function Nav({ view, isAdmin }: { view: View; isAdmin: boolean }) {
  const views: View[] = ['sent', 'received', ...(isAdmin ? (['all'] as const) : []), 'new', 'import', 'stats']
  return (
    <nav class="views" aria-label={words.say('inviter.views')}>
      {views.map((name) => (
        <a href={`#${name}`} aria-current={name === view ? 'page' : undefined}>
          {words.say(`inviter.view.${name}`)}
        </a>
      ))}
    </nav>
  )
}
