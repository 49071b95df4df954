// What takes a message to a person. Others (SMTP, SMS) go behind the same interface.

export interface Message {
  /** The outbox row: the same message sent twice has the same id. */
  id: string
  carrier: 'email' | 'sms'
  /** An e-mail address or a phone number. */
  recipient: string
  subject: string
  text: string
}

export interface Carrier {
  /**
   * Resolves when the message is on its way; rejects when it may be tried again. It must give up in well under a minute:
   * after that another worker sends the message too.
   */
  send(message: Message): Promise<void>
}
