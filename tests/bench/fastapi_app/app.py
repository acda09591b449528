"""A usual password recovery of an ordinary FastAPI application: the reference of scripts/bench for "forgot password".

Looks the user up, replaces his tokens by a new one, stored as a hash, and sends the mail in a background task. scripts/bench runs it
under uvicorn, makes its tables and names database and relay by the environment.
"""
import hashlib
import os
import secrets
import smtplib
from datetime import datetime, timedelta
from email.message import EmailMessage

from fastapi import BackgroundTasks, FastAPI
from pydantic import BaseModel, constr
from sqlalchemy import Column, DateTime, ForeignKey, Integer, String, create_engine, delete, select
from sqlalchemy.orm import declarative_base, sessionmaker

TOKEN_LIFETIME = timedelta(hours=1)
ANSWER = {"message": "If there is an account for this address, a mail with a link is on its way."}

engine = create_engine(os.environ["DATABASE_URL"], future=True)
Session = sessionmaker(engine, future=True)
Base = declarative_base()
app = FastAPI()


class User(Base):
    __tablename__ = "users"
    id = Column(Integer, primary_key=True)
    email = Column(String, unique=True, nullable=False)


class ResetToken(Base):
    __tablename__ = "reset_tokens"
    id = Column(Integer, primary_key=True)
    user_id = Column(ForeignKey("users.id"), nullable=False, index=True)
    token_hash = Column(String, unique=True, nullable=False)
    expires_at = Column(DateTime, nullable=False)


class ForgotPassword(BaseModel):
    # Debian's FastAPI comes without the package that EmailStr needs.
    email: constr(max_length=120, regex=r"^[^@\s]+@[^@\s]+\.[^@\s]+$")


def send_reset_mail(address: str, token: str) -> None:
    mail = EmailMessage()
    mail["From"] = "app@example.com"
    mail["To"] = address
    mail["Subject"] = "Reset your password"
    mail.set_content(f"Set a new password here, within an hour:\n\nhttps://account.example.com/reset-password#token={token}\n")
    with smtplib.SMTP("127.0.0.1", int(os.environ["MAIL_PORT"])) as relay:
        relay.send_message(mail)


@app.post("/api/users/forgot-password", status_code=202)
def forgot_password(wish: ForgotPassword, background: BackgroundTasks):
    token = secrets.token_urlsafe(32)
    with Session() as session:
        user = session.scalar(select(User).where(User.email == wish.email.lower()))
        if user is None:
            return ANSWER
        session.execute(delete(ResetToken).where(ResetToken.user_id == user.id))
        session.add(ResetToken(
            user_id=user.id,
            token_hash=hashlib.sha256(token.encode()).hexdigest(),
            expires_at=datetime.utcnow() + TOKEN_LIFETIME,
        ))
        background.add_task(send_reset_mail, user.email, token)
        session.commit()
    return ANSWER
