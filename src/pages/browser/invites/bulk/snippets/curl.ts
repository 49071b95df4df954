// The call for a shell. The token is in the environment.
import { encoded } from '../../list/pages.js'
import type { CallToCopy } from './call-to-copy.js'

/** In single quotes a shell changes nothing; a quote itself stands between two such texts. */
const quoted = (text: string) => `'${text.replace(/'/g, `'\\''`)}'`

export function curlOf({ method, url, filter, body }: CallToCopy): string {
  const lines = [
    `curl --request ${method} ${quoted(`${url}?filter=${encoded(filter)}`)}`,
    `  --header "Authorization: Bearer $TOKEN"`
  ]
  if (body) lines.push(`  --header 'Content-Type: application/json'`, `  --data-raw ${quoted(JSON.stringify(body))}`)
  return lines.join(' \\\n')
}
