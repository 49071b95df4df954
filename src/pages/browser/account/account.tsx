// The page as a whole: which link opened it, and whether the link is whole.
import { useEffect, useState } from 'preact/hooks'
import { words } from '../kit/page.js'
import { Heading } from '../kit/parts.js'
import { tokenHere } from './link.js'
import { Reset } from './reset.js'
import { Verify } from './verify.js'

export function Account() {
  const [token, setToken] = useState(tokenHere)
  useEffect(() => {
    // A second link in this tab.
    const again = () => setToken(tokenHere())
    addEventListener('hashchange', again)
    return () => removeEventListener('hashchange', again)
  }, [])
  const Page = location.pathname.endsWith('/reset') ? Reset : Verify
  return (
    <main class="card">
      {token === undefined ? (
        <>
          <Heading>{words.say('account.incomplete')}</Heading>
          <p>{words.say('account.incomplete.why')}</p>
        </>
      ) : (
        <Page key={token} token={token} />
      )}
    </main>
  )
}
