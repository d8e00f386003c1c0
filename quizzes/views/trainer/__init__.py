"""Trainers' pages: question banks, questions, quizzes."""
