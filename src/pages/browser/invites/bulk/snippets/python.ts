// The call for Python 3, with nothing but its standard library. A string of JSON is one of Python too.
import type { CallToCopy } from './call-to-copy.js'

const text = (value: unknown) => JSON.stringify(JSON.stringify(value))

export const pythonOf = ({ method, url, filter, body }: CallToCopy): string =>
  [
    `import os, urllib.parse, urllib.request`,
    ``,
    `filter = ${text(filter)}`,
    `request = urllib.request.Request(`,
    `    ${JSON.stringify(url)} + '?filter=' + urllib.parse.quote(filter, safe=''),`,
    `    method='${method}',`,
    ...(body ? [`    data=${text(body)}.encode(),`] : []),
    `    headers={`,
    `        'Authorization': 'Bearer ' + os.environ['TOKEN'],`,
    ...(body ? [`        'Content-Type': 'application/json',`] : []),
    `    },`,
    `)`,
    `with urllib.request.urlopen(request) as answer:`,
    `    print(answer.status, answer.read().decode())`
  ].join('\n')
