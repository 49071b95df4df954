// The page of the inviter: the invites that were sent and received, and everything that can be done with them.
import '../kit/style.css'
import './style.css'
import { useEffect, useState } from 'preact/hooks'
import { mount } from '../kit/mount.js'
import { forget, storedSession, storeKey } from '../kit/session.js'
import { SessionContext } from './session-context.js'
import { Entrance } from './shell/entrance.js'
import { Inside } from './shell/inside.js'

function InviterPage() {
  const [session, setSession] = useState(storedSession())
  const [hasEnded, setEnded] = useState(false)
  useEffect(() => {
    // Another tab has signed out, or in as another person: then the invites of this one must not stay on the screen.
    const onChange = ({ key }: StorageEvent) => {
      if (key !== null && key !== storeKey()) return
      const stored = storedSession()
      setSession((before) => (before?.token === stored?.token ? before : stored))
    }
    addEventListener('storage', onChange)
    return () => removeEventListener('storage', onChange)
  }, [])
  const end = (byItself: boolean) => {
    // Another tab may have signed in anew: that session is not the one that has ended.
    if (storedSession()?.token === session?.token) forget()
    setEnded(byItself)
    setSession(undefined)
  }
  if (!session) return <Entrance hasEnded={hasEnded} onSession={setSession} />
  return (
    <SessionContext.Provider value={{ session, leave: () => end(true) }}>
      <Inside key={session.user.id} signOut={() => end(false)} />
    </SessionContext.Provider>
  )
}

mount(<InviterPage />)
