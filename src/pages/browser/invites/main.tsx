// The page of the inviter: the invites that were sent and received, and everything that can be done with them.
import '../kit/style.css'
import './style.css'
import { useState } from 'preact/hooks'
import { mount } from '../kit/mount.js'
import { forget, storedSession } from '../kit/session.js'
import { SessionContext } from './session-context.js'
import { Entrance } from './shell/entrance.js'
import { Inside } from './shell/inside.js'

function InviterPage() {
  const [session, setSession] = useState(storedSession())
  const [hasEnded, setEnded] = useState(false)
  const end = (byItself: boolean) => {
    forget()
    setEnded(byItself)
    setSession(undefined)
  }
  if (!session) return <Entrance hasEnded={hasEnded} onSession={setSession} />
  return (
    <SessionContext.Provider value={{ session, leave: () => end(true) }}>
      <Inside signOut={() => end(false)} />
    </SessionContext.Provider>
  )
}

mount(<InviterPage />)
