// The OpenAPI 3.1 document: generated from the schemas that validate and the services that answer.
import type { Application } from '../declarations.js'
import { getServiceOptions } from '../feathers.js'
import { Components, type Json } from './components.js'
import { operationObject, pathOf, verbOf, type Operation } from './operation.js'
import { inviteOperations } from '../services/invite/invite.docs.js'
import { peopleOperations } from '../services/people.docs.js'
import { placeOperations } from '../services/places.docs.js'
import { pagePaths } from '../pages/pages.docs.js'
import { refusalComponents } from './errors.js'

/** Every operation, in the order of the document. */
const operations: Operation[] = [...inviteOperations, ...peopleOperations, ...placeOperations]

const description = `Invites between people: to be friends, into channels, locations and instances, and to an account.

JSON in, JSON out. Ids are UUIDs, times RFC 3339 in UTC. A value that is unset, or that the caller may not see, is
\`null\`. Every \`GET\` answers \`HEAD\` as well. Over socket.io the same services answer Feathers clients; \`invite\` sends
\`created\`, \`patched\` and \`removed\` to inviter and invitee.`

const tags: Record<string, string> = {
  invite: 'Invites: send, list, change in bulk, accept, decline.',
  user: 'Accounts.',
  authentication: 'Signing in and out.',
  'identity-provider': 'The caller’s addresses.',
  'user-login': 'The caller’s logins.',
  'user-relationship': 'The caller’s friends and blocks.',
  scope: 'Rights, for administrators.',
  channel: 'Channels.',
  'channel-user': 'Who is in a channel.',
  location: 'Locations.',
  'location-authorized-user': 'Who is in a location.',
  instance: 'Instances of locations.',
  pages: 'Health, metrics and this document.'
}

/** Built from a set-up application: who may call what is read from its services. */
export function openapi(app: Application): Json {
  const components = new Components()
  const paths: Record<string, Record<string, Json>> = {}
  for (const operation of operations) {
    const item = (paths[pathOf(operation)] ??= {})
    item[verbOf(operation)] = operationObject(operation, getServiceOptions(app.service(operation.service)), components)
  }
  const pages = pagePaths(components)
  const refusals = refusalComponents(components)
  return {
    openapi: '3.1.0',
    info: { title: 'Invite service', version: '0.1.0', description, license: { name: 'MIT', identifier: 'MIT' } },
    servers: [{ url: '/', description: 'Where this document came from.' }],
    tags: Object.entries(tags).map(([name, about]) => ({ name, description: about })),
    paths: { ...paths, ...pages },
    components: {
      schemas: components.schemas,
      parameters: components.parameters,
      ...refusals,
      securitySchemes: {
        bearer: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT', description: 'The accessToken of signIn.' }
      }
    }
  }
}
