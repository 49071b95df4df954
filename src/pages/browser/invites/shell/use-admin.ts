// Whether the person at the page is an administrator.
import { useEffect, useState } from 'preact/hooks'
import { useCall } from '../session-context.js'

/** Only administrators may list rights, so the answer to that tells. False until then. */
export function useAdmin(): boolean {
  const callApi = useCall()
  const [isAdmin, setAdmin] = useState(false)
  useEffect(() => {
    callApi('GET', 'scope?$limit=0')
      .then(() => setAdmin(true))
      .catch(() => setAdmin(false))
  }, [])
  return isAdmin
}
