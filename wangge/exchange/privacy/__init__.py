"""个人信息请求: a person asks to see, correct or delete what is kept about them; each request is a case with its clock."""
