// The head of the OpenAPI document, and the description of the public pages.
import { Type } from '@sinclair/typebox'
import { appliedSchema, reportSchema } from '../delivery/report.js'
import type { Info } from '../openapi/openapi.js'
import type { PageDocs } from '../openapi/page.js'
import { closed, oneOf } from '../schema/formats.js'

const healthSchema = Type.Object({ status: oneOf(['ok']) }, { ...closed, $id: 'Health' })

const carrier = oneOf(['set', 'none'], 'Whether messages of this medium have a carrier.')
const readySchema = Type.Object(
  { status: oneOf(['ok']), carriers: Type.Object({ email: carrier, sms: carrier }, closed) },
  { ...closed, $id: 'Readiness' }
)

const stopSchema = Type.Object(
  {
    stop: Type.Optional(
      oneOf(
        ['inviter', 'all', 'none'],
        'Stops the invitations of the inviter, or of all; `none` sends them again, also after a report.'
      )
    ),
    'List-Unsubscribe': Type.Optional(oneOf(['One-Click'], 'As mail programs send it: like `stop=all`.'))
  },
  { $id: 'Stop', minProperties: 1, description: 'The field of the page’s buttons, or that of mail programs.' }
)

export const info: Info = {
  title: 'Invite service',
  version: '0.1.0',
  description: `Invites between people: to be friends, into channels, locations and instances, and to an account.

JSON in, JSON out. Ids are UUIDs, times RFC 3339 in UTC. A value that is unset, or that the caller may not see, is
\`null\`. Every \`GET\` answers \`HEAD\` as well. Over socket.io the same services answer Feathers clients; \`invite\` sends
\`created\`, \`patched\` and \`removed\` to inviter and invitee.`,
  license: { name: 'MIT', identifier: 'MIT' }
}

/** Without /dev/mailbox: it is for developers, and in production it is not there. docs/delivery.md describes it. */
export const pageDocs: PageDocs = {
  tag: 'Health, metrics, this document, and pages for recipients and providers of messages.',
  pages: {
    '/health/live': {
      get: {
        operationId: 'live',
        summary: 'The process answers',
        type: 'application/json',
        schema: healthSchema
      }
    },
    '/health/ready': {
      get: {
        operationId: 'ready',
        summary: 'The service reaches its database and is not stopping',
        type: 'application/json',
        schema: readySchema,
        errors: [503]
      }
    },
    '/metrics': {
      get: {
        operationId: 'metrics',
        summary: 'The metrics, for Prometheus',
        type: 'text/plain',
        schema: Type.String()
      }
    },
    '/openapi.json': {
      get: {
        operationId: 'openapi',
        summary: 'This document',
        type: 'application/json',
        schema: Type.Object({ openapi: Type.String() }, { additionalProperties: true }),
        cacheable: true
      }
    },
    '/docs': {
      get: {
        operationId: 'docs',
        summary: 'This document as a page where you can try each call',
        type: 'text/html',
        schema: Type.String(),
        cacheable: true
      }
    },
    '/i/{inviteId}': {
      get: {
        operationId: 'invitePage',
        summary: 'The page of an invited person',
        description:
          'The link of an invite leads here, as `<PUBLIC_URL>/i/<id>#passcode=…`. The page is the same for every id: its ' +
          'script reads the passcode, which no browser sends, and calls this API. There unless PAGES_LANDING is false.',
        type: 'text/html',
        schema: Type.String(),
        errors: [404]
      }
    },
    '/verify': {
      get: {
        operationId: 'verifyPage',
        summary: 'The page on which a person confirms an e-mail address by a mailed link',
        type: 'text/html',
        schema: Type.String(),
        errors: [404]
      }
    },
    '/reset': {
      get: {
        operationId: 'resetPage',
        summary: 'The page on which a person chooses a new password by a mailed link',
        type: 'text/html',
        schema: Type.String(),
        errors: [404]
      }
    },
    '/invites': {
      get: {
        operationId: 'invitesPage',
        summary: 'The page of an inviter',
        description: 'There unless PAGES_INVITER is false.',
        type: 'text/html',
        schema: Type.String(),
        errors: [404]
      }
    },
    '/unsubscribe/{token}': {
      get: {
        operationId: 'showStop',
        summary: 'The page on which the recipient of a message stops invitations',
        description: 'Changes nothing. The link is in the message, and in its header `List-Unsubscribe`.',
        type: 'text/html',
        schema: Type.String(),
        errors: [503],
        alsoAt: { 404: 'The link is not complete.' }
      },
      post: {
        operationId: 'stopInvitations',
        summary: 'Stops invitations to an address, or sends them again',
        description: 'Takes nothing but the link: a mail program posts here by itself (RFC 8058).',
        body: { types: ['application/x-www-form-urlencoded', 'multipart/form-data'], schema: stopSchema },
        type: 'text/html',
        schema: Type.String(),
        errors: [429],
        alsoAt: { 404: 'The link is not complete.' }
      }
    },
    '/delivery-report': {
      post: {
        operationId: 'reportDelivery',
        summary: 'A provider says what became of a message',
        description: 'There only with DELIVERY_REPORT_SECRET. An unknown message is no error: `applied` is false.',
        signed: true,
        body: { types: ['application/json'], schema: reportSchema },
        type: 'application/json',
        schema: appliedSchema,
        errors: [401, 404]
      }
    }
  }
}
