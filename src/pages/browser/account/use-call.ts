// A call of this page: busy meanwhile, and what it was refused for. The page makes none again by itself: a link works
// once, so a repetition would find it used.
import { useState } from 'preact/hooks'
import { Refusal } from '../kit/api.js'
import { troubleOf } from '../kit/troubles.js'

/** `expected` has the refusals that a page answers otherwise than by a sentence. */
export function useCall() {
  const [busy, setBusy] = useState(false)
  const [trouble, setTrouble] = useState('')
  const start = async (work: () => Promise<unknown>, expected: Record<string, () => void> = {}) => {
    if (busy) return
    setBusy(true)
    setTrouble('')
    try {
      await work()
    } catch (error) {
      const known = error instanceof Refusal ? expected[error.reason] : undefined
      if (known) known()
      else setTrouble(troubleOf(error))
    }
    setBusy(false)
  }
  return { busy, trouble, start }
}
