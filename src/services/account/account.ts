// user/verify and password-reset: an address is proven by a mailed link, and a forgotten password replaced.
import type { NextFunction } from '@feathersjs/feathers'
import type { Application, HookContext } from '../../declarations.js'
import { authenticateIfSent } from '../../hooks/authenticate-if-sent.js'
import { noQuery, validateData } from '../../hooks/validate.js'
import { announcerOf } from '../invite/announce.js'
import { answers } from '../invite/invite.hooks.js'
import { confirmResetDocs, requestResetDocs, verifyDocs } from './account.docs.js'
import { confirmResetDataSchema, ConfirmResetService } from './confirm-reset.class.js'
import { requestResetDataSchema, RequestResetService } from './request-reset.class.js'
import { verifyDataSchema, VerifyService } from './verify.class.js'

/** A wish for a link is answered before the link is mailed. */
const answersVerification = async (context: HookContext, next: NextFunction) =>
  answers((context.data as { token?: string }).token === undefined ? 202 : 200)(context, next)

export function account(app: Application) {
  const db = app.get('db')
  const quotas = app.get('quotas')
  const outbox = app.get('outbox')
  const key = app.get('tokens').keyFor('account')
  const links = { db, quotas, callers: app.get('callers'), announce: announcerOf(app) }

  app.use('user/verify', new VerifyService({ ...links, key, outbox }), {
    methods: ['create'],
    access: { create: 'optional' },
    docs: verifyDocs,
    serviceEvents: []
  })
  app.service('user/verify').hooks({
    around: { create: [authenticateIfSent, noQuery, validateData(verifyDataSchema), answersVerification] }
  })

  app.use('password-reset', new RequestResetService({ db, quotas, outbox }), {
    methods: ['create'],
    access: { create: 'public' },
    docs: requestResetDocs,
    serviceEvents: []
  })
  app.service('password-reset').hooks({
    around: { create: [noQuery, validateData(requestResetDataSchema), answers(202)] }
  })

  app.use('password-reset/confirm', new ConfirmResetService(links), {
    methods: ['create'],
    access: { create: 'public' },
    docs: confirmResetDocs,
    serviceEvents: []
  })
  app.service('password-reset/confirm').hooks({
    around: { create: [noQuery, validateData(confirmResetDataSchema), answers(200)] }
  })
}
