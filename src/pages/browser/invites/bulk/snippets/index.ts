// The languages in which the page shows a call.
import type { CallToCopy } from './call-to-copy.js'
import { curlOf } from './curl.js'
import { fetchOf } from './fetch.js'
import { pythonOf } from './python.js'
import { rubyOf } from './ruby.js'

/** By the name on its tab. */
export const snippets: Record<string, (call: CallToCopy) => string> = {
  curl: curlOf,
  JavaScript: fetchOf,
  Ruby: rubyOf,
  Python: pythonOf
}
