// The call for JavaScript: Node, as a module. JSON is an expression of JavaScript.
import type { CallToCopy } from './call-to-copy.js'

const inset = (value: unknown) => JSON.stringify(value, null, 2).replace(/\n/g, '\n  ')

export const fetchOf = ({ method, url, filter, body }: CallToCopy): string =>
  `const filter = ${JSON.stringify(filter, null, 2)}
const answer = await fetch(${JSON.stringify(url)} + '?filter=' + encodeURIComponent(JSON.stringify(filter)), {
  method: '${method}',
  headers: {
    Authorization: \`Bearer \${process.env.TOKEN}\`${
      body ? `,\n    'Content-Type': 'application/json'\n  },\n  body: JSON.stringify(${inset(body)})` : '\n  }'
    }
})
console.log(answer.status, await answer.json())`
